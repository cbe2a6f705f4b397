import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import TestSupport
import Testing
import TrainerSettings

@testable import Trainers

/// A trial of the built-in trainer as trainers of others are given it.
@Suite struct ForeignConfigurationTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try folder.write(#"{"text": "a text"}"# + "\n", to: "train.jsonl")
        _ = try folder.write(#"{"model_type": "llama", "num_hidden_layers": 2}"#, to: "model/config.json")
    }

    private func study(_ more: [String: SettingValue] = [:]) -> StudySpecification {
        let settings: [String: SettingValue] = [
            "task": .string("causal-lm"), "model": .string("model"), "train": .string("train.jsonl"),
            "validation": .string("train.jsonl"), "max_steps": .int(30), "eval_steps": .int(10), "threads": .int(1),
            "prefix_cache": .string("1GiB"), "finetuning_type": .string("lora"), "early_stopping_patience": .int(2),
        ]
        return StudySpecification(
            name: "s", metric: Metric(name: "eval_loss", goal: .minimize), workers: 1, seed: 5,
            trainer: TrainerSpecification(type: "lora", settings: settings.merging(more) { $1 }), space: SearchSpace([]),
            folder: folder.path)
    }

    private let assignment: Assignment = ["r": .int(4), "alpha_over_r": .int(3), "learning_rate": .double(1e-3)]

    private func files(_ name: String) throws -> [String: String] {
        try ForeignConfiguration(assignment, in: study(), as: name).files
    }

    @Test(arguments: ForeignConfiguration.forms.map(\.name))
    func `every form has its configuration, its programs and how it is run`(name: String) throws {
        let files = try files(name)
        let file = try #require(ForeignConfiguration.forms.first { $0.name == name }?.file)
        let run = try #require(files["run.sh"])
        #expect(files[file] != nil && run.contains("./" + file))
        let programs = run.split(separator: " ").filter { $0.hasSuffix(".py") }.map { $0.split(separator: "/").last ?? "" }
        #expect(!programs.isEmpty && programs.allSatisfy { files[String($0)] != nil })
        let told = try JSONDecoder().decode([String: SettingValue].self, from: Data(try #require(files["config.json"]).utf8))
        guard case .object(let trainer)? = told["trainer"] else {
            Issue.record("no trainer in config.json")
            return
        }
        #expect(trainer["r"] == .int(4) && trainer["lora_alpha"] == .int(12) && trainer["threads"] == nil)
        #expect(told["seed"] == .int(5))
    }

    @Test func `each says it in its own words`() throws {
        #expect(try files("trl")["trainer.yaml"]?.contains("lora_r: 4\n") == true)
        #expect(try files("llama-factory")["trainer.yaml"]?.contains("lora_rank: 4\n") == true)
        #expect(try files("axolotl")["trainer.yaml"]?.contains("lora_alpha: 12") == true)
        #expect(try files("mlx-lm")["trainer.yaml"]?.contains("scale: 3") == true)
    }

    @Test(arguments: NamedTemplates.names) func `a named template goes along as each trainer takes it`(name: String) throws {
        let (text, given) = (NamedTemplates.text(named: name), study(["chat_template": .string(name)]))
        func files(_ form: String) throws -> [String: String] {
            try ForeignConfiguration(assignment, in: given, as: form).files
        }
        for form in ["trl", "peft-script", "mlx-lm"] {
            let made = try files(form)
            #expect(made["chat_template.jinja"] == text, "\(form)")
            let told = try JSONInput.decode(
                [String: SettingValue].self, from: Data(try #require(made["config.json"]).utf8), of: form)
            guard case .object(let trainer)? = told["trainer"] else {
                Issue.record("no trainer in config.json")
                return
            }
            #expect(trainer["chat_template"] == .string(name), "\(form)")
        }
        let trl = try files("trl")["trainer.yaml"] ?? ""
        #expect(trl.replacing("\"", with: "").contains("chat_template_path: ./chat_template.jinja\n"), "\(trl)")
    }

    @Test func `a machine with a GPU may use it`() throws {
        for name in ["trl", "llama-factory"] {
            #expect(try files(name)["trainer.yaml"]?.contains("use_cpu") == false, "\(name)")
        }
    }

    @Test func `what is left out is told`() throws {
        #expect(try ForeignConfiguration(assignment, in: study(), as: "trl").leftOut == ["early_stopping_patience"])
    }

    @Test func `what a trainer has no word for is refused with who has it`() throws {
        var assignment = assignment
        assignment["rank_pattern"] = .object(["q_proj": .int(2)])
        let error = #expect(throws: TrainerSettingsError.self) {
            try ForeignConfiguration(assignment, in: study(), as: "llama-factory")
        }
        #expect(error?.setting == "rank_pattern" && error?.problem.contains("--format peft-script") == true)
        let other = #expect(throws: TrainerSettingsError.self) {
            try ForeignConfiguration(self.assignment, in: study(["finetuning_type": .string("ia3")]), as: "trl")
        }
        #expect(other?.problem.contains("take --format json, for `autolora train`") == true)
        let third = #expect(throws: TrainerSettingsError.self) {
            try ForeignConfiguration(
                self.assignment, in: study(["task": .string("sequence-classification"), "bias": .string("all")]), as: "trl")
        }
        #expect(third?.setting == "task" && third?.problem.contains("--format peft-script have sequence-class") == true)
        #expect(third?.problem.contains("type:") == false && third?.problem.contains("mlx-lm") == false)
    }

    @Test(arguments: ForeignConfiguration.forms.map(\.name)) func `no format trains on a GGUF file`(name: String) throws {
        _ = try folder.write("GGUF", to: "files/model.gguf")
        for model in ["files/model.gguf", "files"] {
            let given = study(["model": .string(model), "base_precision": .string("quantized")])
            let error = #expect(throws: TrainerSettingsError.self) { try ForeignConfiguration(assignment, in: given, as: name) }
            #expect(
                error?.setting == "model" && error?.problem.contains("is a GGUF file") == true, "\(String(describing: error))")
            #expect(error?.problem.contains("--format json for `autolora train`") == true)
        }
    }

    @Test(arguments: ForeignConfiguration.forms.map(\.name)) func `one file that is divided goes along`(name: String) throws {
        let split = SettingValue.object(["validation": .double(0.25)])
        let given = study(["validation": .null, "split": split, "task": .string("causal-lm")])
        let files = try ForeignConfiguration(assignment, in: given, as: name).files
        let told = try JSONDecoder().decode([String: SettingValue].self, from: Data(try #require(files["config.json"]).utf8))
        guard case .object(let trainer)? = told["trainer"] else {
            Issue.record("no trainer in config.json")
            return
        }
        guard case .object(let kept)? = trainer["split"] else {
            Issue.record("no split in config.json")
            return
        }
        #expect(kept["validation"] == .double(0.25) && trainer["validation"] == nil)
        #expect(files["peft_train.py"] != nil, "it divides the rows")
    }

    @Test func `a classifier is none of a language model's, though its section need not say so`() throws {
        let given = study(["task": .null])
        for name in ["trl", "llama-factory", "axolotl", "mlx-lm"] {
            let error = #expect(throws: TrainerSettingsError.self) {
                try ForeignConfiguration(assignment, in: given, as: name)
            }
            #expect(error?.setting == "task", "\(name)")
        }
    }

    @Test func `the modules that the trial adapts are named`() throws {
        let other = try folder.write(#"{"model_type": "new", "num_hidden_layers": 2}"#, to: "other/config.json")
        #expect(!other.isEmpty)
        let given = study(["model": .string("other")])
        for name in ["trl", "mlx-lm", "axolotl", "llama-factory"] {
            let files = try ForeignConfiguration(assignment, in: given, as: name, targets: ["k_proj"]).files
            #expect(files["trainer.yaml"]?.contains("k_proj") == true, "\(name)")
        }
        let own = study(["target_modules": .array([.string("o_proj")])])
        let files = try ForeignConfiguration(assignment, in: own, as: "mlx-lm", targets: ["k_proj"]).files
        #expect(files["trainer.yaml"]?.contains("self_attn.o_proj") == true)
        #expect(files["trainer.yaml"]?.contains("k_proj") == false)
    }

    @Test func `what asks for nothing is no obstacle, and what another has no word for is one`() throws {
        let nothing: [String: SettingValue] = [
            "packing": .bool(false), "label_smoothing_factor": .int(0), "group_by_length": .bool(false),
        ]
        #expect(try ForeignConfiguration(assignment, in: study(nothing), as: "trl").leftOut == ["early_stopping_patience"])
        let error = #expect(throws: TrainerSettingsError.self) {
            try ForeignConfiguration(assignment, in: study(["packing": .bool(true)]), as: "trl")
        }
        #expect(error?.setting == "packing" && error?.problem.contains("take --format json") == true)
    }
}
