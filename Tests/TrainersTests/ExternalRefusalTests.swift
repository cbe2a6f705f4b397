import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

@testable import Trainers

/// What a trainer cannot express is refused before anything runs, with the place and what to use instead.
@Suite struct ExternalRefusalTests {
    private let project: ExternalProject

    init() throws { project = try ExternalProject() }

    /// The rows of the table that have no key: a value that asks for something, and who has it.
    private static let lacking: [(type: String, setting: String, value: String)] = [
        ("trl", "layers_to_transform", "last-2"), ("trl", "rank_pattern", "{q_proj: 4}"),
        ("trl", "alpha_pattern", "{q_proj: 4}"),
        ("trl", "init_lora_weights", "pissa"), ("trl", "loraplus_lr_ratio", "16"), ("trl", "bias", "all"),
        ("trl", "exclude_modules", "[q_proj]"), ("trl", "init_adapter", "adapter"),
        ("llama-factory", "layers_to_transform", "[1]"), ("llama-factory", "rank_pattern", "{q_proj: 4}"),
        ("llama-factory", "alpha_pattern", "{q_proj: 4}"), ("llama-factory", "bias", "lora_only"),
        ("llama-factory", "exclude_modules", "[q_proj]"), ("llama-factory", "init_adapter", "adapter"),
        ("axolotl", "bias", "all"), ("axolotl", "exclude_modules", "[q_proj]"), ("axolotl", "init_adapter", "adapter"),
        ("mlx-lm", "rank_pattern", "{q_proj: 4}"), ("mlx-lm", "alpha_pattern", "{q_proj: 4}"),
        ("mlx-lm", "init_lora_weights", "pissa"), ("mlx-lm", "loraplus_lr_ratio", "16"),
        ("mlx-lm", "modules_to_save", "[lm_head]"),
        ("mlx-lm", "bias", "all"), ("mlx-lm", "exclude_modules", "[q_proj]"), ("mlx-lm", "base_precision", "bf16"),
        ("mlx-lm", "num_train_epochs", "2"), ("mlx-lm", "shuffle", "false"),
        ("mlx-lm", "eval_batch_size", "4"),
    ]

    private func needs(_ type: String) -> String { type == "mlx-lm" ? "eval_steps: 2, max_steps: 8, " : "" }

    @Test(arguments: lacking.map { [$0.type, $0.setting, $0.value] })
    func `a setting that a trainer has no key for is refused where it is fixed and where it is searched`(row: [String]) throws {
        let (type, setting, value) = (row[0], row[1], row[2])
        let dialect = try #require(Dialect.all.first { $0.type == type })
        let fixed = project.refusal(
            type,
            needs(type).replacing("max_steps: 8, ", with: setting == "num_train_epochs" ? "" : "max_steps: 8, ")
                + "\(setting): \(value)")
        let column = 10 + "{type: \(type), model: model, train: train.jsonl, validation: validation.jsonl, ".count
        #expect(fixed?.hasPrefix("space.yaml:3:") == true && fixed?.contains(" \(setting): ") == true, "\(fixed ?? "accepted")")
        #expect(fixed?.contains(dialect.name) == true, "\(fixed ?? "accepted")")
        if needs(type).isEmpty {
            #expect(fixed?.hasPrefix("space.yaml:3:\(column + setting.count + 2): ") == true, "\(fixed ?? "accepted")")
        }
        guard ExternalSetting.named(setting)?.row.isSearchable == true, setting != "num_train_epochs" else { return }
        let searched = project.refusal(type, needs(type), parameters: "\(setting): {values: [\(value)]}")
        #expect(
            searched?.hasPrefix("space.yaml:4:") == true && searched?.contains(" \(setting): ") == true,
            "\(searched ?? "accepted")")
    }

    @Test(arguments: Dialect.all.map(\.type))
    func `schedules that a trainer has not, or that nobody gives arguments, are refused`(type: String) throws {
        let name = try #require(Dialect.all.first { $0.type == type }).name
        let refusal = try #require(project.refusal(type, needs(type) + "lr_scheduler_type: warmup_stable_decay"))
        let words =
            type == "mlx-lm"
            ? "\(name) has no warmup_stable_decay; it has linear, cosine, constant, constant_with_warmup"
            : "warmup_stable_decay needs arguments that go to the trainer as they are: options: {lr_scheduler_kwargs: {...}}"
        #expect(refusal.hasSuffix("lr_scheduler_type: \(words)"), "\(refusal)")
        #expect(project.refusal(type, needs(type) + "lr_scheduler_type: cosine") == nil)
        let given = "lr_scheduler_type: cosine_with_min_lr, options: {lr_scheduler_kwargs: {min_lr_rate: 0.1}}"
        #expect((project.refusal(type, needs(type) + given) == nil) == (type != "mlx-lm"))
    }

    @Test func `it says who has it`() {
        #expect(
            project.refusal("trl", "layers_to_transform: last-2")
                == "space.yaml:3:107: layers_to_transform: TRL has no such setting; type: peft, type: axolotl, type: mlx-lm have it"
        )
        #expect(
            project.refusal("mlx-lm", "max_steps: 8, eval_steps: 2, base_precision: bf16")?.hasSuffix(
                "base_precision: mlx-lm takes the model's own precision; convert the model with mlx_lm.convert --dtype") == true
        )
    }

    @Test(arguments: Dialect.all.map(\.type))
    func `what asks for nothing is taken by every trainer`(type: String) {
        let nothing =
            "layers_to_transform: all, rank_pattern: {}, alpha_pattern: {}, init_lora_weights: true, bias: none, "
            + "loraplus_lr_ratio: 1, exclude_modules: [], modules_to_save: [], use_dora: false, shuffle: true, base_precision: auto"
        let task = type == "peft" ? "task: causal-lm, " : ""
        #expect(project.refusal(type, needs(type) + task + nothing) == nil)
    }

    @Test(arguments: [
        ("axolotl", "r: 2, alpha_over_r: 0.25", "lora_alpha: comes to 0.5, and Axolotl takes whole numbers alone"),
        (
            "trl", "drop_last: true",
            "drop_last: TRL would leave rows out of each evaluation too; type: lora and type: peft do not"
        ),
        ("mlx-lm", "max_steps: 8, eval_steps: 2, drop_last: false", "drop_last: mlx-lm always leaves out"),
        ("trl", "warmup_ratio: 1", "warmup_ratio: found 1, expected a share below 1 here"),
        (
            "llama-factory", "target_modules: 'q_.*'",
            "target_modules: found q_.*, expected for LLaMA-Factory a list of module names"
        ),
        ("llama-factory", "init_lora_weights: olora", "init_lora_weights: found olora; LLaMA-Factory has true, pissa"),
        ("llama-factory", "lora_alpha: 0", "lora_alpha: found 0, which LLaMA-Factory takes for 2 x r"),
        (
            "mlx-lm", "max_steps: 8, eval_steps: 2, target_modules: [in_proj]",
            "target_modules: found in_proj; mlx-lm wants the block too"
        ),
        (
            "mlx-lm", "max_steps: 8, eval_steps: 2, layers_to_transform: [1, 2]",
            "layers_to_transform: found [1, 2]; mlx-lm adapts all layers"
        ),
        ("mlx-lm", "max_steps: 8", "eval_steps: missing; mlx-lm counts in steps alone"),
        ("axolotl", "layers_to_transform: last-9", "layers_to_transform: found last-9, the model has 4 layers"),
        (
            "trl", "chat_template: qwen",
            "chat_template: found qwen, expected for TRL chatml, llama3, gemma, phi3 or the whole path of a .jinja file"
        ),
        ("peft", "chat_template: qwen", "chat_template: found qwen, expected chatml, llama3, gemma, phi3 or a template's text"),
        (
            "llama-factory", "chat_template: '{{ x }}'",
            "chat_template: found a template's text, expected for LLaMA-Factory the name"
        ),
        ("trl", "task: sequence-classification", "task: TRL trains for causal-lm alone; type: lora and type: peft have"),
        ("trl", "rank_pattern: {q_proj: 2}", "rank_pattern: TRL has no such setting; type: peft, type: axolotl have it"),
        ("trl", "threads: 2", "threads: TRL has no such setting; workers divides the processor"),
        ("trl", "batch_size: 0", "batch_size: found 0, expected a whole number from 1 to 65536"),
        ("trl", "use_dora: 3", "use_dora: found 3, expected true or false"),
        ("trl", "max_steps: 4, num_train_epochs: 2", "num_train_epochs: given together with max_steps; keep one of the two"),
        ("trl", "lora_alpha: 4, alpha_over_r: 2", "alpha_over_r: given together with lora_alpha; keep one of the two"),
        ("trl", "precision: bf16, base_precision: fp32", "precision: is another name for base_precision; keep one of the two"),
        (
            "trl", "base_precision: quantized",
            "base_precision: quantized is the built-in trainer's alone; expected fp32, bf16 or auto"
        ),
        ("peft", "init_lora_weights: eva", "init_lora_weights: eva is the built-in trainer's alone"),
        ("trl", "seed: 4", "the study decides 'seed'; write 'seed' at the top level"),
        ("trl", "lora_rank: 4", "unknown key 'lora_rank'"),
        ("trl", "per_device_eval_batch_size: 4", "did you mean 'eval_batch_size'?"),
        ("trl", "setup: module load cuda", "expected a list of shell lines"),
        ("trl", "options: [a]", "TRL's own keys as a mapping"),
    ])
    func `a value that a trainer cannot take is refused with its place`(type: String, settings: String, words: String) {
        let refused = project.refusal(type, settings)
        #expect(refused?.hasPrefix("space.yaml:3:") == true && refused?.contains(words) == true, "\(refused ?? "accepted")")
    }

    @Test func `values that only together come to a fraction are found for Axolotl`() {
        let refused = project.refusal("axolotl", parameters: "r: {values: [8, 2]}, alpha_over_r: {values: [1, 0.25]}")
        #expect(
            refused?.contains("alpha_over_r 0.25 with r 2: lora_alpha: comes to 0.5") == true, "\(refused ?? "accepted")")
    }

    @Test(arguments: [
        ("trl", "lora_r: 4", "options.lora_r: write 'r', a setting of the trainer's section"),
        ("trl", "output_dir: x", "options.output_dir: each trial has a folder of its own; leave it out"),
        ("trl", "auto_find_batch_size: true", "options.auto_find_batch_size: another configuration would be trained"),
        ("trl", "per_device_train_batch_size: 4", "options.per_device_train_batch_size: write 'batch_size'"),
        ("axolotl", "datasets: []", "options.datasets: write 'train'"),
        ("mlx-lm", "lora_parameters: {rank: 3}", "options.lora_parameters.rank: write 'r'"),
        (
            "mlx-lm", "optimizer_config: {adamw: {betas: [0.1, 0.2]}}",
            "options.optimizer_config.adamw.betas: write 'adam_beta1'"
        ),
        ("peft", "bf16: true", "options.bf16: write 'base_precision'"),
    ])
    func `a key of the trainer's own that a setting decides is refused, also where it is searched`(
        type: String, option: String, words: String
    ) throws {
        let task = type == "peft" ? "task: causal-lm, " : ""
        let refused = project.refusal(type, needs(type) + task + "options: {\(option)}")
        #expect(refused?.hasPrefix("space.yaml:3:") == true && refused?.contains(words) == true, "\(refused ?? "accepted")")
        guard !option.contains("{"), !option.contains("[") else { return }
        let name = String(option.prefix { $0 != ":" })
        let searched = project.refusal(type, needs(type) + task, parameters: "options.\(name): {values: [1, 2]}")
        #expect(searched?.hasPrefix("space.yaml:4:") == true && searched?.contains(words) == true, "\(searched ?? "accepted")")
    }

    @Test(arguments: [
        ("lora_rank: {values: [1]}", "unknown parameter 'lora_rank'"),
        ("python: {values: [a, b]}", "'python' cannot be searched"),
        ("task: {values: [causal-lm]}", "'task' cannot be searched"),
        ("completion_only_loss: {values: [true, false]}", "'completion_only_loss' cannot be searched"),
        ("prefix_cache: {values: [1GB]}", "prefix_cache: TRL has no such setting"),
    ])
    func `what is no parameter is told as such`(parameter: String, words: String) {
        let refused = project.refusal("trl", parameters: parameter)
        #expect(refused?.hasPrefix("space.yaml:4:") == true && refused?.contains(words) == true, "\(refused ?? "accepted")")
    }

    @Test func `reports need no pattern, and loss and test are warned of`() throws {
        let pattern = "metric_pattern: 'loss ([0-9.]+)'\n"
        #expect(throws: SpaceFileError.self) {
            try project.file(
                section: "{type: trl, model: model, train: train.jsonl, validation: validation.jsonl}", top: pattern)
        }
        let file = try project.file("trl", "test: validation.jsonl")
        #expect(file.warnings.map(\.text).contains { $0.contains("is measured on 'test'") }, "\(file.warnings)")
    }
}
