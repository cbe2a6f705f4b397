import TrainerSettings

extension Dialect {
    /// Our driver over mlx-lm's functions, on the configuration of `mlx_lm.lora`; the command itself forgets optimizer, step and order.
    static let mlx = Dialect(
        type: "mlx-lm", name: "mlx-lm", package: "mlx-lm", program: .mlxDriver, tasks: [.causalLanguageModel],
        spellings: [
            .told("task"), .same("model"), .told("train"), .told("validation"), .told("test"), .told("split"),
            .told("text_column"),
            .told("separator"), .told("quoting"),
            .written("max_steps", ["iters"]) { value, compilation in [("iters", batches(value, compilation))] },
            .written("eval_steps", ["steps_per_eval", "save_every", "steps_per_report"]) { value, compilation in
                ["steps_per_eval", "save_every", "steps_per_report"].map { ($0, batches(value, compilation)) }
            },
            .same("batch_size"), .same("gradient_accumulation_steps", "grad_accumulation_steps"),
            .same("max_length", "max_seq_length"),
            .written("drop_last", []) { (value, _) throws(TrainerSettingsError) in
                guard value == .bool(true) else {
                    throw TrainerSettingsError(
                        setting: "drop_last", problem: "mlx-lm always leaves out an epoch's last, short batch")
                }
                return []
            },
            .same("r", "lora_parameters.rank"),
            .written("lora_alpha", ["lora_parameters.scale"]) { (value, compilation) throws(TrainerSettingsError) in
                [("lora_parameters.scale", try scale(value, compilation))]
            },
            .same("lora_dropout", "lora_parameters.dropout"),
            .written("target_modules", ["lora_parameters.keys"]) { (value, _) throws(TrainerSettingsError) in
                [("lora_parameters.keys", try modules(value))]
            },
            .written("layers_to_transform", ["num_layers"]) { (value, _) throws(TrainerSettingsError) in
                [("num_layers", .int(try lastLayers(value)))]
            },
            // The scale has it.
            .told("use_rslora"),
            .written("use_dora", ["fine_tune_type"]) { value, _ in
                [("fine_tune_type", .string(value == .bool(true) ? "dora" : "lora"))]
            },
            .same("learning_rate"), .told("lr_scheduler_type", "lr_schedule"), .told("warmup_ratio"),
            .same("weight_decay", "optimizer_config.adamw.weight_decay"),
            .written("adam_beta1", ["optimizer_config.adamw.betas"]) { _, compilation in betas(compilation) },
            .written("adam_beta2", ["optimizer_config.adamw.betas"]) { _, compilation in betas(compilation) },
            .same("adam_epsilon", "optimizer_config.adamw.eps"), .told("max_grad_norm"),
            .written("gradient_checkpointing", ["grad_checkpoint"]) { value, compilation in
                [("grad_checkpoint", .bool(compilation.checkpoints(value)))]
            },
            .written("completion_only_loss", ["mask_prompt"]) { _, compilation in
                [("mask_prompt", .bool(compilation.masksPrompts))]
            },
            .written("assistant_only_loss", ["mask_prompt"]) { _, compilation in
                [("mask_prompt", .bool(compilation.masksPrompts))]
            },
            .ownTemplate, .same("seed"),
        ],
        hasOtherTargets: true,
        required: ["max_steps": "mlx-lm counts in steps alone", "eval_steps": "mlx-lm counts in steps alone"],
        schedules: [.linear, .cosine, .constant, .constantWithWarmup],
        dataKeys: ["data"],
        constants: { _ in
            [
                ("optimizer", .string("adamw")), ("optimizer_config.adamw.bias_correction", .bool(true)),
                ("val_batches", .int(-1)),
            ]
        },
        needs: { compilation in
            let data: [Key] = compilation["train"] == nil ? [] : [("data", .string(compilation.place.data))]
            return [("train", .bool(true))] + data + [
                ("adapter_path", .string(compilation.place.output)), ("resume_adapter_file", nil), ("report_to", nil),
            ]
        },
        files: { $0.templateFiles },
        reserved: [
            "data": "write 'train' and 'validation'", "train": "a trial trains; leave it out",
            "adapter_path": "each trial has a folder of its own; leave it out",
            "resume_adapter_file": "AutoLoRA decides where a trial goes on from; leave it out",
            "report_to": "AutoLoRA keeps the figures; leave it out", "test": "trials see no test data; leave it out",
            "config": "write 'base'",
        ],
        reasons: [
            "eval_batch_size": "mlx-lm evaluates with batch_size",
            "num_train_epochs": "mlx-lm counts in steps alone; give max_steps",
            "base_precision": "mlx-lm takes the model's own precision; convert the model with mlx_lm.convert --dtype",
            "init_adapter": "mlx-lm's driver starts from a fresh adapter; type: peft has it",
        ])

    /// mlx-lm counts batches where we count steps of the optimizer.
    private static func batches(_ value: SettingValue, _ compilation: Compilation) -> SettingValue {
        .int((value.integer ?? 1) * (compilation.integer("gradient_accumulation_steps") ?? 1))
    }

    private static func betas(_ compilation: Compilation) -> [Key] {
        let betas = [compilation["adam_beta1"] ?? .double(0.9), compilation["adam_beta2"] ?? .double(0.999)]
        return [("optimizer_config.adamw.betas", .array(betas))]
    }

    private static func scale(_ alpha: SettingValue, _ compilation: Compilation) throws(TrainerSettingsError) -> SettingValue {
        guard let alpha = alpha.number, let rank = compilation.number("r") else {
            throw TrainerSettingsError(
                setting: "lora_alpha", problem: "needs 'r', which neither the section nor the base gives")
        }
        return .double(alpha / (compilation["use_rslora"] == .bool(true) ? rank.squareRoot() : rank))
    }

    /// The blocks that hold the modules of most architectures.
    private static let blocks = [
        "self_attn": ["q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "out_proj", "dense"],
        "mlp": ["gate_proj", "up_proj", "down_proj", "gate_up_proj", "fc1", "fc2"],
    ]

    private static func modules(_ value: SettingValue) throws(TrainerSettingsError) -> SettingValue? {
        if value == .string("all-linear") { return nil }
        guard case .array(let names) = value else {
            throw TrainerSettingsError(
                setting: "target_modules",
                problem:
                    "found \(value), expected for mlx-lm a list of module names, or all-linear; type: peft takes regular expressions"
            )
        }
        var keys: [SettingValue] = []
        for name in names.compactMap(\.text) {
            let block = blocks.first { $0.value.contains(name) }?.key
            guard block != nil || name.contains(".") else {
                throw TrainerSettingsError(
                    setting: "target_modules", problem: "found \(name); mlx-lm wants the block too: self_attn.\(name), say")
            }
            keys.append(.string(name.contains(".") ? name : "\(block ?? "").\(name)"))
        }
        return .array(keys)
    }

    private static func lastLayers(_ value: SettingValue) throws(TrainerSettingsError) -> Int {
        if value == .string("all") { return -1 }
        guard let text = value.text, text.hasPrefix("last-"), let count = Int(text.dropFirst(5)) else {
            throw TrainerSettingsError(
                setting: "layers_to_transform",
                problem:
                    "found \(value); mlx-lm adapts all layers or the last ones (last-4); type: peft and type: axolotl take numbers"
            )
        }
        return count
    }
}
