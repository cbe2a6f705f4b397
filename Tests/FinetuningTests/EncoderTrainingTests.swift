import FoundationEssentials
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// Whole trials on the encoders besides BERT, with tokenizers of their own.
@Suite struct EncoderTrainingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let targets: SettingValue
        /// The tokenizer's files.
        let files: [String: String]
        /// Numbers of the head.
        let head: Int
    }

    /// A letter or two a token, as a RoBERTa's without tokenizer.json has them.
    private static let letters: [String: String] = {
        let merges = ["o l", "Ġ b", "g o"]
        let tokens =
            ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] + "abcdefghijklmnopqrstuvwxyz".map { "\($0)" } + ["Ġ"]
            + merges.map { $0.filter { $0 != " " } }
        let vocabulary = tokens.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
        return ["vocab.json": "{\(vocabulary)}", "merges.txt": "#version: 0.2\n" + merges.joined(separator: "\n") + "\n"]
    }()

    static let cases = [
        Case(
            testDescription: "roberta", targets: .array([.string("query"), .string("value")]), files: letters,
            head: 16 * 17 + 3 * 17),
        Case(
            testDescription: "distilbert", targets: .array([.string("q_lin"), .string("v_lin")]),
            files: ["vocab.txt": (try? String(contentsOfFile: TinyModel.golden + "/vocab.txt", encoding: .utf8)) ?? ""],
            head: 16 * 17 + 3 * 17),
    ]

    /// The tiny BERT's folder with another model in it.
    private func model(_ each: Case) throws -> TinyModel {
        let model = try TinyModel()
        try FileManager.default.removeItem(atPath: model.folder.path + "/vocab.txt")
        for name in ["config.json", "model.safetensors"] {
            let source = TinyModel.here + "/../BackbonesTests/Fixtures/tiny-encoders/\(each.testDescription)/" + name
            try FileManager.default.removeItem(atPath: model.folder.path + "/" + name)
            try FileManager.default.copyItem(atPath: source, toPath: model.folder.path + "/" + name)
        }
        for (name, text) in each.files { try model.folder.write(text, as: name) }
        return model
    }

    private func settings(_ model: TinyModel, _ each: Case, _ more: [String: SettingValue] = [:]) throws -> TrainerSettings {
        try model.settings(
            ["max_steps": .int(40), "eval_steps": .int(10), "target_modules": each.targets].merging(more) { $1 })
    }

    @Test(arguments: cases) func `it learns, in fp32 as in bf16, and saves its whole head`(each: Case) throws {
        let model = try model(each)
        for precision in ["fp32", "bf16"] {
            var reports: [TrainingReport] = []
            let output = model.folder.path + "/" + precision
            let run = try model.trainer(settings(model, each, ["precision": .string(precision)]), output: output)
            #expect(try run.run(report: { reports.append($0) }) == .finished)
            #expect(reports.count == 4 && reports[3].loss < reports[0].loss - 0.05)
            #expect(reports[0].trainableParameters == 3 * 2 * 2 * 4 * 16 + each.head)
            let configuration = try AdapterFiles.json(output + "/adapter/adapter_config.json")
            #expect(configuration["modules_to_save"] == .array([.string("classifier"), .string("score")]))
            let again = try AdapterEvaluation(
                settings(model, each, ["precision": .string(precision)]), adapterFolder: output + "/adapter", split: .validation
            )
            let best = reports.compactMap { $0.value(of: "eval_accuracy") }.max()
            #expect(again.metrics.first { $0.name == "eval_accuracy" }?.value == best)
        }
    }

    @Test(arguments: cases) func `a run that was stopped goes on as if it never was`(each: Case) throws {
        let model = try model(each)
        var whole: [Figures] = []
        _ = try model.trainer(settings(model, each), output: model.folder.path + "/a").run(report: { whole.append(Figures($0)) }
        )
        var parts: [Figures] = []
        let output = model.folder.path + "/b"
        for resume in [false, true] {
            let run = try model.trainer(
                settings(model, each), output: output, resume: resume, stopAfter: resume ? nil : 2)
            _ = try run.run(report: { parts.append(Figures($0)) })
        }
        #expect(parts == whole && whole.count == 4)
    }

    @Test(arguments: cases) func `frozen layers' results and checkpointed activations change no figure`(each: Case) throws {
        let model = try model(each)
        func figures(_ name: String, _ more: [String: SettingValue]) throws -> [Figures] {
            var all: [Figures] = []
            let top = ["layers_to_transform": SettingValue.string("last-1")].merging(more) { $1 }
            let run = try model.trainer(settings(model, each, top), output: model.folder.path + "/" + name)
            _ = try run.run(report: { all.append(Figures($0)) })
            return all
        }
        let plain = try figures("a", ["prefix_cache": .string("off")])
        #expect(try figures("b", [:]) == plain)
        #expect(try figures("c", ["prefix_cache": .string("off"), "gradient_checkpointing": .bool(true)]) == plain)
    }

    @Test func `texts are cut to what the positions allow, and a longer max_length is refused`() throws {
        let each = Self.cases[0]
        let model = try model(each)
        _ = try model.trainer(settings(model, each, ["max_length": .int(16)]))
        let error = #expect(throws: InputError.self) { try model.trainer(settings(model, each, ["max_length": .int(17)])) }
        #expect(error?.problem == "found 17, the model takes at most 16")
    }

    @Test func `a DistilBERT without target_modules is told what to name`() throws {
        let each = Self.cases[1]
        let model = try model(each)
        let error = #expect(throws: (any Error).self) { try model.trainer(model.settings()) }
        #expect(
            "\(String(describing: error))".contains(
                "no default for a distilbert, as PEFT has none: set target_modules to all-linear, or to a list of names; modules: "
                    + "attention.q_lin, "))
    }

    @Test func `IA3 on one is told to name which inputs are scaled too, as in peft`() throws {
        let each = Self.cases[1]
        let model = try model(each)
        func run(_ more: [String: SettingValue]) throws {
            var values = try model.settings().values
            for name in ["r", "lora_alpha", "lora_dropout", "target_modules"] { values[name] = nil }
            values["finetuning_type"] = .string("ia3")
            _ = try model.trainer(TrainerSettings(values: values.merging(more) { $1 }))
        }
        let targets: [String: SettingValue] = ["target_modules": .array([.string("q_lin"), .string("ffn.lin2")])]
        func refusal(_ more: [String: SettingValue]) -> PlacementError? {
            #expect(throws: PlacementError.self) { try run(more) }
        }
        #expect(refusal([:])?.setting == "target_modules")
        #expect(refusal(targets)?.setting == "feedforward_modules")
        #expect(
            refusal(targets)?.problem.hasPrefix(
                "no default for IA3's feedforward_modules on a distilbert, as PEFT has none: set it to those of target_modules that have "
                    + "their inputs scaled, or to [] for none; modules: attention.q_lin, ffn.lin2") == true)
        try run(targets.merging(["feedforward_modules": .array([])]) { $1 })
        try run(targets.merging(["feedforward_modules": .array([.string("lin2")])]) { $1 })
    }
}
