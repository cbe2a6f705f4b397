import TrainerSettings

/// A setting that trainers of others share: a row of the built-in trainer's table or of what is planned for that, by its name.
struct ExternalSetting: Sendable {
    let row: TrainerSetting
    /// What it is where nothing is given; nil: it is left open.
    let usual: SettingValue?
    /// What it comes to where nothing is given, in words.
    let open: String?
    /// The values that ask for nothing: a trainer that has no such setting takes them.
    let harmless: [SettingValue]

    var name: String { row.name }

    private init(_ name: String, usual: SettingValue? = nil, harmless: [SettingValue]? = nil) {
        guard let row = TrainerSettings.setting(name) else { preconditionFailure("there is no setting \(name)") }
        self.row = row
        self.usual = usual ?? (row.open == nil ? row.usual : nil)
        self.open = usual == nil ? Self.openHere[name] ?? row.open : nil
        self.harmless = harmless ?? row.harmless
    }

    /// What is open otherwise than in the built-in trainer.
    private static let openHere = [
        "validation": "required", "split": "a file of its own", "eval_batch_size": "`batch_size`",
        "chat_template": "the tokenizer's own",
        "test": "none; the winner is not measured on it", "exclude_modules": "none", "modules_to_save": "none",
        "max_steps": "`num_train_epochs` counts; for mlx-lm required",
    ]

    /// In the order in which the documentation has them.
    static let all: [ExternalSetting] = [
        ExternalSetting("task"), ExternalSetting("model"), ExternalSetting("train"), ExternalSetting("validation"),
        ExternalSetting("test"), ExternalSetting("split"), ExternalSetting("text_column"), ExternalSetting("label_column"),
        ExternalSetting("separator"), ExternalSetting("quoting"),
        ExternalSetting("max_steps"), ExternalSetting("num_train_epochs"), ExternalSetting("eval_steps"),
        ExternalSetting("batch_size"), ExternalSetting("eval_batch_size"),
        ExternalSetting("gradient_accumulation_steps", usual: .int(1), harmless: [.int(1), .double(1)]),
        ExternalSetting("max_length"),
        ExternalSetting("shuffle", harmless: [.bool(true)]), ExternalSetting("drop_last"),
        ExternalSetting("r"), ExternalSetting("lora_alpha"), ExternalSetting("alpha_over_r"),
        ExternalSetting("lora_dropout"), ExternalSetting("target_modules"),
        ExternalSetting("layers_to_transform", harmless: [.string("all")]),
        ExternalSetting("exclude_modules", harmless: [.array([])]), ExternalSetting("modules_to_save", harmless: [.array([])]),
        ExternalSetting("use_rslora", usual: .bool(false), harmless: [.bool(false)]),
        ExternalSetting("use_dora", usual: .bool(false), harmless: [.bool(false)]),
        ExternalSetting("init_lora_weights", usual: .bool(true), harmless: [.bool(true)]),
        ExternalSetting("rank_pattern", usual: .object([:]), harmless: [.object([:])]),
        ExternalSetting("alpha_pattern", usual: .object([:]), harmless: [.object([:])]),
        ExternalSetting("bias", usual: .string("none"), harmless: [.string("none")]), ExternalSetting("init_adapter"),
        ExternalSetting("learning_rate"), ExternalSetting("loraplus_lr_ratio", usual: .double(1), harmless: [.double(1)]),
        ExternalSetting("lr_scheduler_type"), ExternalSetting("warmup_ratio"), ExternalSetting("weight_decay"),
        ExternalSetting("adam_beta1", usual: .double(0.9)), ExternalSetting("adam_beta2", usual: .double(0.999)),
        ExternalSetting("adam_epsilon", usual: .double(1e-8)), ExternalSetting("max_grad_norm"),
        ExternalSetting("base_precision", usual: .string("auto"), harmless: [.string("auto")]),
        ExternalSetting("gradient_checkpointing", usual: .string("auto")),
        ExternalSetting("completion_only_loss", usual: .bool(true), harmless: [.bool(false)]),
        ExternalSetting("assistant_only_loss", usual: .bool(true), harmless: [.bool(false)]), ExternalSetting("chat_template"),
        ExternalSetting("seed"),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func named(_ name: String) -> ExternalSetting? { byName[name] }

    /// Names that mean another setting.
    static let aliases = ["precision": "base_precision"]

    /// Of each pair one is given; what is searched takes the place of the other.
    static let alternatives = [("alpha_over_r", "lora_alpha"), ("num_train_epochs", "max_steps")]

    /// Of the built-in trainer's settings those that only it can have, and what to do instead.
    static let builtInOnly: [String: String] = [
        "output_dir": "each trial has a folder of its own",
        "prefix_cache": "only type: lora keeps results of frozen layers",
        "threads": "workers divides the processor between the trials",
        "finetuning_type": "these types train LoRA",
        "early_stopping_patience": "early_terminate ends trials that fall behind",
        "memory_cap": "only type: lora knows before a launch what its trials take",
        "packing": "give it among options, by the trainer's own name",
        "warmup_steps": "write warmup_ratio, a share of all steps",
        "num_cycles": schedule, "min_lr_rate": schedule, "lr_end": schedule, "power": schedule, "timescale": schedule,
        "num_decay_steps": schedule, "decay_type": schedule,
        "label_smoothing_factor": "give it among options, by the trainer's own name",
        "class_weights": "only type: lora weighs classes",
        "group_by_length": "give it among options, by the trainer's own name",
        "early_stopping_threshold": "early_terminate ends trials that fall behind",
        "eval_generation_rows": "only type: lora writes answers to score them",
        "max_new_tokens": "only type: lora writes answers to score them",
    ]

    private static let schedule = "give it among options, where the trainer has it: options: {lr_scheduler_kwargs: {...}}, say"

    /// The keys of the section that are no settings.
    static let keys = ["type", "options", "base", "python", "setup"]
}
