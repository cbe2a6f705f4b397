import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import TestSupport
import Testing
import TrainerSettings

@testable import Trainers

/// The configuration that each trainer gets, whole, and what each setting makes of it.
@Suite struct ExternalConfigurationTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    private static let everything = """
        max_steps: 40, eval_steps: 10, batch_size: 4, eval_batch_size: 8, gradient_accumulation_steps: 2, max_length: 64, r: 16,
        alpha_over_r: 0.5, lora_dropout: 0.05, target_modules: [q_proj, k_proj, down_proj], use_dora: true, use_rslora: true,
        learning_rate: 1e-5, lr_scheduler_type: cosine, warmup_ratio: 0.1, weight_decay: 0.01, adam_beta1: 0.8, adam_beta2: 0.95,
        adam_epsilon: 1e-6, max_grad_norm: 0.5, gradient_checkpointing: true
        """

    private static let own: [String: String] = [
        "trl":
            "modules_to_save: [lm_head], completion_only_loss: false, base_precision: bf16, chat_template: /t.jinja, shuffle: false",
        "llama-factory":
            "modules_to_save: [lm_head, norm], init_lora_weights: pissa_niter_16, loraplus_lr_ratio: 16, chat_template: llama3, "
            + "precision: bf16, shuffle: false, completion_only_loss: false",
        "axolotl":
            "modules_to_save: [lm_head], init_lora_weights: pissa, loraplus_lr_ratio: 16, layers_to_transform: last-2, "
            + "rank_pattern: {q_proj: 4}, alpha_pattern: {q_proj: 8}, chat_template: chatml, base_precision: bf16, shuffle: false",
        "mlx-lm": "layers_to_transform: last-2",
    ]

    @Test(arguments: Dialect.all.filter { $0.program != .script }.map(\.type), [false, true])
    func `the configuration is the one on record, key by key`(type: String, isFull: Bool) throws {
        let project = try ExternalProject()
        let everything = type == "mlx-lm" ? Self.everything.replacing("eval_batch_size: 8, ", with: "") : Self.everything
        let settings = isFull ? everything + ", " + (Self.own[type] ?? "") : "max_steps: 8, eval_steps: 4"
        let study = try project.file(type, settings, parameters: "options.tried: {values: [1, 2]}").specification
        let found = project.configuration(try project.program(study, ["options.tried": .int(1)]))
        let file = Self.fixtures.appending(path: type + (isFull ? "-full" : "") + ".yaml")
        let wanted = try? String(contentsOf: file, encoding: .utf8)
        if ProcessInfo.processInfo.environment["AUTOLORA_RECORD"] != nil { try Data(found.utf8).write(to: file) }
        #expect(found == wanted, "\(file.lastPathComponent) should be:\n\(found)")
    }
}

/// What single settings come to.
@Suite struct ExternalSpellingTests {
    private let project: ExternalProject

    init() throws { project = try ExternalProject() }

    @Test(arguments: [
        (
            "trl", "num_train_epochs: 2",
            ["num_train_epochs: 2.0", "max_steps: -1", "eval_strategy: epoch", "logging_strategy: epoch"]
        ),
        ("trl", "target_modules: [self_attn.q_proj]", [#"lora_target_modules: "(.*\\.)?self_attn\\.q_proj""#]),
        ("trl", "target_modules: all-linear", ["lora_target_modules: all-linear"]),
        ("trl", "lora_alpha: 12.5", ["lora_alpha: 12.5"]), ("trl", "alpha_over_r: 4", ["lora_alpha: 32"]),
        ("trl", "learning_rate: 1e-5", ["learning_rate: 1.0e-05"]), ("trl", "learning_rate: 1e-3", ["learning_rate: 0.001"]),
        ("llama-factory", "target_modules: all-linear", ["lora_target: all"]),
        ("llama-factory", "init_lora_weights: pissa", ["pissa_init: true", "pissa_iter: -1"]),
        ("llama-factory", "num_train_epochs: 2", ["num_train_epochs: 2.0", "max_steps: -1", "eval_strategy: epoch"]),
        ("axolotl", "target_modules: all-linear", ["lora_target_linear: true"]),
        (
            "axolotl", "num_train_epochs: 2, warmup_ratio: 0.1",
            ["num_epochs: 2.0", "warmup_ratio: 0.1", "eval_strategy: epoch"]
        ),
        ("axolotl", "max_steps: 25, warmup_ratio: 0.1", ["num_epochs: 25", "warmup_steps: 3"]),
        ("axolotl", "max_steps: 5, warmup_ratio: 0.1", ["warmup_ratio: 0.1"]),
        ("axolotl", "layers_to_transform: [0, 3]", ["peft_layers_to_transform: [0, 3]"]),
        ("axolotl", "alpha_over_r: 0.5", ["lora_alpha: 4"]),
        ("mlx-lm", "max_steps: 6, eval_steps: 2, gradient_accumulation_steps: 4", ["iters: 24", "steps_per_eval: 8"]),
        ("mlx-lm", "max_steps: 6, eval_steps: 2, use_rslora: true, lora_alpha: 16, r: 16", ["  scale: 4.0"]),
        (
            "mlx-lm", "max_steps: 6, eval_steps: 2, target_modules: [q_proj, mixer.in_proj]",
            ["  keys: [self_attn.q_proj, mixer.in_proj]"]
        ),
        ("mlx-lm", "max_steps: 6, eval_steps: 2, use_dora: true", ["fine_tune_type: dora", "num_layers: -1"]),
    ])
    func `a setting has the trainer's own name and form`(type: String, settings: String, wanted: [String]) throws {
        let lines = try project.lines(
            type, settings, ["options.tried": .int(1)], parameters: "options.tried: {values: [1, 2]}")
        for line in wanted { #expect(lines.contains(line), "\(lines)") }
    }

    @Test func `where nothing is said, targets are PEFT's for the model's architecture, whatever the trainer's own are`() throws
    {
        #expect(try project.lines("llama-factory", "").contains(#"lora_target: "q_proj,v_proj""#))
        #expect(try project.lines("axolotl", "").contains("lora_target_modules: [q_proj, v_proj]"))
        _ = try project.temporary.write(#"{"model_type": "another"}"#, to: "model/config.json")
        #expect(try !project.lines("trl", "").contains { $0.hasPrefix("lora_target_modules") })
        #expect(
            project.refusal("axolotl")
                == "space.yaml:3:10: target_modules: missing; Axolotl's default is not PEFT's, which is not known for this model: name the "
                + "modules, or all-linear")
    }

    @Test func `a trial that goes on has the key for it, and one that begins has none`() throws {
        let study = try project.file("trl").specification
        let checkpoint = project.folder + "/studies/s/trials/0/checkpoint"
        let resumed = try project.program(study, variables: ["AUTOLORA_RESUME_FROM": checkpoint])
        #expect(project.configuration(resumed).contains("resume_from_checkpoint: TRIAL/checkpoint\n"))
        let begun = try project.program(study, variables: ["AUTOLORA_RESUME_FROM": nil])
        #expect(!project.configuration(begun).contains("resume"))
    }

    @Test func `precision and device follow from whether there is a GPU, unless the file says so`() throws {
        let auto = try project.file("trl").specification
        let onGPU = project.configuration(try project.program(auto, environment: ["CUDA_VISIBLE_DEVICES": "GPU-1"]))
        for line in ["dtype: bfloat16", "bf16: true", "use_cpu: false", "gradient_checkpointing: true"] {
            #expect(onGPU.contains(line + "\n"), "\(onGPU)")
        }
        let onCPU = project.configuration(try project.program(auto))
        for line in ["dtype: float32", "bf16: false", "use_cpu: true", "gradient_checkpointing: false"] {
            #expect(onCPU.contains(line + "\n"), "\(onCPU)")
        }
        var none = auto
        none.devices.choice = .none
        let hidden = project.configuration(try project.program(none, environment: ["CUDA_VISIBLE_DEVICES": "GPU-1"]))
        #expect(hidden.contains("use_cpu: true\n"))
        let full = try project.file("trl", "base_precision: fp32").specification
        let exact = project.configuration(try project.program(full, environment: ["CUDA_VISIBLE_DEVICES": "GPU-1"]))
        #expect(exact.contains("dtype: float32\n") && exact.contains("use_cpu: false\n"))
    }

    @Test func `config.json has every setting in our names, with defaults, whole paths and options`() throws {
        let study = try project.file(
            "trl", "alpha_over_r: 4, options: {packing: true}, python: env", parameters: "r: {values: [8, 16]}"
        ).specification
        let values = try ExternalTrainer(.trl).settings(for: ["r": .int(16)], in: study)
        #expect(values["lora_alpha"] == .int(64) && values["alpha_over_r"] == nil && values["r"] == .int(16))
        #expect(
            values["learning_rate"] == .double(2e-4) && values["batch_size"] == .int(32)
                && values["eval_batch_size"] == .int(32))
        #expect(values["train"] == .string(project.folder + "/train.jsonl") && values["seed"] == .int(3))
        #expect(values["num_train_epochs"] == .int(3) && values["max_steps"] == nil && values["drop_last"] == .bool(false))
        #expect(values["options"] == .object(["packing": .bool(true)]) && values["python"] == .string("env"))
        #expect(values["type"] == .string("trl") && values["task"] == .string("causal-lm"))
    }

    @Test func `the PEFT script gets config.json alone, and has the built-in trainer's usual values`() throws {
        let project = try ExternalProject(row: #"{"text": "good", "label": "1"}"#)
        let study = try project.file("peft").specification
        let program = try project.program(study)
        #expect(Set(program.files.keys) == ["peft_train.py", "autolora_trial.py"])
        let trial = project.folder + "/studies/s/trials/0"
        #expect(program.command == ["python3", trial + "/peft_train.py", trial + "/config.json"])
        let values = try ExternalTrainer(.peft).settings(for: ["r": .int(8)], in: study)
        #expect(values["task"] == .string("sequence-classification") && values["drop_last"] == .bool(true))
        let own = try project.file(section: "{model: model, train: train.jsonl, validation: validation.jsonl}").specification
        let builtIn = try TrainerList.standard[own.trainer].settings(for: ["r": .int(8)], in: own)
        for (name, value) in values where builtIn[name] != nil && !["type", "precision", "target_modules"].contains(name) {
            #expect(value == builtIn[name], "\(name)")
        }
    }
}
