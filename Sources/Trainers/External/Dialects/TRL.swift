import TrainerSettings

extension Dialect {
    /// `trl sft`: the module trl.scripts.sft on its configuration.
    static let trl = Dialect(
        type: "trl", name: "TRL", package: "trl", program: .bridge, tasks: [.causalLanguageModel],
        spellings: [
            .told("task"), .same("model", "model_name_or_path"), .told("train"), .told("validation"), .told("test"),
            .told("split"), .told("text_column"), .told("separator"), .told("quoting"),
        ] + Spelling.steps + [
            .same("eval_steps"), .same("batch_size", "per_device_train_batch_size"),
            .same("eval_batch_size", "per_device_eval_batch_size"), .same("gradient_accumulation_steps"), .same("max_length"),
            .written("shuffle", ["train_sampling_strategy"]) { value, _ in
                [("train_sampling_strategy", .string(value == .bool(true) ? "random" : "sequential"))]
            },
            .keepLast("TRL"),
            .written("r", ["lora_r", "use_peft"], read: Spelling.itself) { value, _ in
                [("use_peft", .bool(true)), ("lora_r", value)]
            },
            .written("lora_alpha", ["lora_alpha"], read: Spelling.itself) { value, _ in [("lora_alpha", Spelling.whole(value))]
            },
            .same("lora_dropout"),
            .written("target_modules", ["lora_target_modules"]) { value, _ in
                [("lora_target_modules", trlModules(value))]
            },
            .written("modules_to_save", ["lora_modules_to_save"]) { value, _ in
                [("lora_modules_to_save", value == .array([]) ? nil : value)]
            },
            .same("use_rslora"), .same("use_dora"),
        ] + Spelling.optimizer + [
            .written("base_precision", ["dtype", "bf16", "fp16"]) { _, compilation in
                let isHalf = compilation.precision == .bf16
                return [("dtype", .string(isHalf ? "bfloat16" : "float32")), ("bf16", .bool(isHalf)), ("fp16", .bool(false))]
            },
            .written("gradient_checkpointing", ["gradient_checkpointing", "activation_checkpointing"]) { value, compilation in
                [("gradient_checkpointing", .bool(compilation.checkpoints(value))), ("activation_checkpointing", nil)]
            },
            .written("completion_only_loss", ["completion_only_loss"]) { _, compilation in trlLoss(compilation) },
            .written("assistant_only_loss", ["assistant_only_loss"]) { _, compilation in trlLoss(compilation) },
            .written("chat_template", ["chat_template_path"]) { (value, compilation) throws(TrainerSettingsError) in
                guard compilation.template == nil else {
                    return [("chat_template_path", .string(compilation.place.folder + "/" + Compilation.templateFile))]
                }
                guard let path = value.text, path.hasSuffix(".jinja") || path.hasSuffix(".j2") else {
                    throw compilation.noTemplate(
                        value, "for TRL \(NamedTemplates.names.joined(separator: ", ")) or the whole path of a .jinja file")
                }
                return [("chat_template_path", value)]
            },
            .same("seed"),
        ],
        usual: ["drop_last": .bool(false)], dataKeys: ["dataset_name", "datasets"],
        constants: { compilation in
            [
                ("optim", .string("adamw_torch")), ("packing", .bool(false)), ("lora_task_type", .string("CAUSAL_LM")),
            ] + trainerLogging(compilation)
        },
        needs: { compilation in
            let data: [Key] =
                compilation["train"] == nil
                ? []
                : [
                    ("dataset_name", .string(compilation.place.data)), ("dataset_train_split", .string("train")),
                    ("dataset_test_split", .string("validation")), ("dataset_text_field", .string("text")), ("datasets", nil),
                ]
            return data + trainerNeeds(compilation)
        },
        files: { $0.templateFiles },
        reserved: trainerReserved.merging([
            "dataset_name": "write 'train' and 'validation'", "datasets": "write 'train' and 'validation'",
            "dataset_train_split": "write 'train'", "dataset_test_split": "write 'validation'", "config": "write 'base'",
        ]) { $1 }, forbidden: trainerForbidden)

    /// The bridge makes a prompt and a completion of each answer in messages: TRL's own way needs marks in the chat template.
    private static func trlLoss(_ compilation: Compilation) -> [Key] {
        [("completion_only_loss", .bool(compilation.masksPrompts)), ("assistant_only_loss", .bool(false))]
    }

    /// TRL takes a list of one for its element, a text, which PEFT reads as a regular expression.
    private static func trlModules(_ value: SettingValue) -> SettingValue {
        guard case .array(let names) = value, names.count == 1, let name = names[0].text else { return value }
        return .string(#"(.*\.)?"# + name.replacing(".", with: #"\."#))
    }
}
