import TrainerSettings

extension Dialect {
    /// `axolotl train`: the module axolotl.cli.train on its configuration.
    static let axolotl = Dialect(
        type: "axolotl", name: "Axolotl", package: "axolotl", program: .bridge, tasks: [.causalLanguageModel],
        spellings: [
            .told("task"), .same("model", "base_model"), .told("train"), .told("validation"), .told("test"),
            .told("split"), .told("text_column"), .told("separator"), .told("quoting"),
            .written("max_steps", ["max_steps", "num_epochs"], read: Spelling.positive) { value, _ in
                // Epochs end a training too: there are never more of them than steps.
                [("max_steps", value), ("num_epochs", value)]
            },
            .written("num_train_epochs", ["num_epochs", "max_steps"], read: Spelling.itself) { value, _ in
                [("num_epochs", value), ("max_steps", nil)]
            },
            .same("eval_steps"), .same("batch_size", "micro_batch_size"), .same("eval_batch_size"),
            .same("gradient_accumulation_steps"),
            .written("max_length", ["sequence_len", "excess_length_strategy"], read: Spelling.itself) { value, _ in
                [("sequence_len", value), ("excess_length_strategy", .string("truncate"))]
            },
            .written("shuffle", ["curriculum_sampling", "shuffle_merged_datasets"]) { value, _ in
                [("curriculum_sampling", .bool(value == .bool(false))), ("shuffle_merged_datasets", value)]
            },
            .keepLast("Axolotl"),
            .written("r", ["lora_r"], read: Spelling.itself) { value, compilation in
                // A quantized base stays one.
                compilation.settings.base?["adapter"] == .string("qlora")
                    ? [("lora_r", value)] : [("adapter", .string("lora")), ("lora_r", value)]
            },
            .written("lora_alpha", ["lora_alpha"], read: Spelling.itself) { (value, _) throws(TrainerSettingsError) in
                guard let alpha = value.integer else {
                    throw TrainerSettingsError(
                        setting: "lora_alpha",
                        problem:
                            "comes to \(value), and Axolotl takes whole numbers alone; choose r and alpha_over_r so that their product is one"
                    )
                }
                return [("lora_alpha", .int(alpha))]
            },
            .same("lora_dropout"),
            .written("target_modules", ["lora_target_modules", "lora_target_linear"]) { value, _ in
                value == .string("all-linear")
                    ? [("lora_target_linear", .bool(true)), ("lora_target_modules", nil)]
                    : [("lora_target_linear", .bool(false)), ("lora_target_modules", value)]
            },
            .written("layers_to_transform", ["peft_layers_to_transform"]) { (value, compilation) throws(TrainerSettingsError) in
                [("peft_layers_to_transform", try layers(value, of: compilation))]
            },
            .written("modules_to_save", ["lora_modules_to_save"]) { value, _ in
                [("lora_modules_to_save", value == .array([]) ? nil : value)]
            },
            .same("use_rslora", "peft_use_rslora"), .same("use_dora", "peft_use_dora"),
            .written("init_lora_weights", ["peft_init_lora_weights"]) { value, _ in
                [("peft_init_lora_weights", value)]
            },
            .written("rank_pattern", ["lora_rank_pattern"]) { (value, _) throws(TrainerSettingsError) in
                [("lora_rank_pattern", try wholePattern(value, "rank_pattern"))]
            },
            .written("alpha_pattern", ["lora_alpha_pattern"]) { (value, _) throws(TrainerSettingsError) in
                [("lora_alpha_pattern", try wholePattern(value, "alpha_pattern"))]
            },
            .same("learning_rate"),
            .written("loraplus_lr_ratio", ["loraplus_lr_ratio"], read: Spelling.itself) { value, _ in
                [("loraplus_lr_ratio", value.number == 1 ? nil : value)]
            },
            .same("lr_scheduler_type", "lr_scheduler"),
            .written("warmup_ratio", ["warmup_ratio", "warmup_steps"], read: Spelling.itself) { value, compilation in
                warmup(value, compilation)
            },
            .same("weight_decay"), .same("adam_beta1"), .same("adam_beta2"), .same("adam_epsilon"), .same("max_grad_norm"),
            .written("base_precision", ["bf16", "fp16", "tf32"]) { _, compilation in
                [("bf16", .bool(compilation.precision == .bf16)), ("fp16", .bool(false)), ("tf32", .bool(false))]
            },
            .written("gradient_checkpointing", ["gradient_checkpointing"]) { value, compilation in
                [("gradient_checkpointing", .bool(compilation.checkpoints(value)))]
            },
            .written("completion_only_loss", ["train_on_inputs"]) { _, compilation in
                [("train_on_inputs", .bool(!compilation.masksPrompts))]
            },
            .written("assistant_only_loss", ["train_on_inputs"]) { _, compilation in
                [("train_on_inputs", .bool(!compilation.masksPrompts))]
            },
            .written("chat_template", ["chat_template"]) { value, compilation in axolotlTemplate(value, compilation) },
            .same("seed"),
        ],
        usual: ["drop_last": .bool(false)], hasOtherTargets: true, dataKeys: ["datasets"],
        constants: axolotlConstants, needs: axolotlNeeds,
        reserved: trainerReserved.merging([
            "datasets": "write 'train'", "test_datasets": "write 'validation'", "val_set_size": "write 'validation'",
            "dataset_prepared_path": "the study's trials share one; leave it out",
            "auto_resume_from_checkpoints": "AutoLoRA decides where a trial goes on from; leave it out",
            "evals_per_epoch": "write 'eval_steps'", "saves_per_epoch": "a checkpoint is saved with each report; leave it out",
            "lora_model_dir": "trials start from a fresh adapter; leave it out",
            "use_wandb": "AutoLoRA keeps the figures; leave it out",
            "wandb_project": "AutoLoRA keeps the figures; leave it out",
        ]) { $1 }, forbidden: trainerForbidden.union(["lora_model_dir"]))

    /// It has some of ours, by these names; its own gemma takes no system message.
    private static func axolotlTemplate(_ value: SettingValue, _ compilation: Compilation) -> [Key] {
        if let name = ["chatml": "chatml", "llama3": "llama3", "phi3": "phi_35"][value.text ?? ""] {
            return [("chat_template", .string(name))]
        }
        guard let text = compilation.template else { return [("chat_template", value)] }
        return [("chat_template", .string("jinja")), ("chat_template_jinja", .string(text))]
    }

    private static func axolotlConstants(_ compilation: Compilation) -> [Key] {
        let logged: [Key] = compilation["eval_steps"].map { [("logging_steps", $0)] } ?? [("logging_steps", .int(1))]
        let template: [Key] =
            compilation["chat_template"] == nil ? [("chat_template", .string("tokenizer_default"))] : []
        // Left unset, kernels are switched on that a processor has not.
        let kernels: [Key] = ["lora_mlp_kernel", "lora_qkv_kernel", "lora_o_kernel", "lora_embedding_kernel"].map {
            ($0, .bool(false))
        }
        return template + [
            ("optimizer", .string("adamw_torch")), ("sample_packing", .bool(false)), ("eval_sample_packing", .bool(false)),
            ("pad_to_sequence_len", .bool(false)),
        ] + kernels + logged
    }

    private static func axolotlNeeds(_ compilation: Compilation) -> [Key] {
        let place = compilation.place
        func dataset(_ name: String) -> SettingValue {
            let kind: [String: SettingValue] =
                switch compilation.data {
                case .messages:
                    [
                        "type": .string("chat_template"), "field_messages": .string("messages"),
                        "message_property_mappings": .object(["role": .string("role"), "content": .string("content")]),
                    ]
                case .text, .labels: ["type": .string("completion"), "field": .string("text")]
                case .completions, nil:
                    [
                        "type": .object([
                            "field_instruction": .string("prompt"), "field_output": .string("completion"),
                            "format": .string("{instruction}"), "no_input_format": .string("{instruction}"),
                        ])
                    ]
                }
            let file: [String: SettingValue] = [
                "path": .string("\(place.data)/\(name).jsonl"), "ds_type": .string("json"), "split": .string("train"),
            ]
            return .array([.object(file.merging(kind) { $1 })])
        }
        let data: [Key] =
            compilation["train"] == nil
            ? []
            : [("datasets", dataset("train")), ("test_datasets", dataset("validation")), ("val_set_size", nil)]
        return data + [
            ("dataset_prepared_path", .string(place.cache + "/axolotl")), ("output_dir", .string(place.output)),
            ("eval_strategy", .string(compilation["eval_steps"] == nil ? "epoch" : "steps")), ("evals_per_epoch", nil),
            ("save_strategy", .string("no")), ("save_steps", nil), ("saves_per_epoch", nil), ("save_total_limit", nil),
            ("save_only_model", nil),
            ("load_best_model_at_end", .bool(false)), ("auto_resume_from_checkpoints", nil), ("wandb_project", nil),
            ("use_wandb", nil), ("resume_from_checkpoint", place.resume.map(SettingValue.string)),
        ]
    }

    /// Counted, as transformers does, where the steps are known: Axolotl rounds a share down, and makes 2 of 1.
    private static func warmup(_ value: SettingValue, _ compilation: Compilation) -> [Key] {
        guard let ratio = value.number, let steps = compilation.number("max_steps"), ratio == 0 || ratio * steps >= 1 else {
            return value.number == 0
                ? [("warmup_steps", .int(0)), ("warmup_ratio", nil)] : [("warmup_ratio", value), ("warmup_steps", nil)]
        }
        return [("warmup_steps", .int(Int((ratio * steps).rounded(.up)))), ("warmup_ratio", nil)]
    }

    private static func layers(_ value: SettingValue, of compilation: Compilation) throws(TrainerSettingsError) -> SettingValue?
    {
        guard case .string(let text) = value else { return value }
        guard text.hasPrefix("last-"), let wanted = Int(text.dropFirst(5)) else { return nil }
        guard let model = compilation.model else {
            // A model that is not there is refused as such.
            if compilation["model"]?.text?.hasPrefix("/") == true { return nil }
            throw TrainerSettingsError(
                setting: "layers_to_transform",
                problem: "found \(value) for a model that is no folder here; list the layers' numbers")
        }
        guard let count = model.layers, wanted <= count else {
            throw TrainerSettingsError(
                setting: "layers_to_transform", problem: "found \(value), the model has \(model.layers ?? 0) layers")
        }
        return .array(((count - wanted)..<count).map(SettingValue.int))
    }

    private static func wholePattern(_ value: SettingValue, _ setting: String) throws(TrainerSettingsError) -> SettingValue? {
        guard case .object(let values) = value, !values.isEmpty else { return nil }
        guard values.values.allSatisfy({ $0.integer != nil }) else {
            throw TrainerSettingsError(setting: setting, problem: "found \(value), and Axolotl takes whole numbers alone")
        }
        return .object(values.mapValues(Spelling.whole))
    }
}
