import TrainerSettings

extension Dialect {
    /// `llamafactory-cli train`: the module llamafactory.launcher on its configuration.
    static let llamaFactory = Dialect(
        type: "llama-factory", name: "LLaMA-Factory", package: "llamafactory", program: .bridge, tasks: [.causalLanguageModel],
        spellings: [
            .told("task", "stage"), .same("model", "model_name_or_path"), .told("train"), .told("validation"), .told("test"),
            .told("split"), .told("text_column"), .told("separator"), .told("quoting"),
        ] + Spelling.steps + [
            .same("eval_steps"), .same("batch_size", "per_device_train_batch_size"),
            .same("eval_batch_size", "per_device_eval_batch_size"), .same("gradient_accumulation_steps"),
            .same("max_length", "cutoff_len"),
            .written("shuffle", ["disable_shuffling"]) { value, _ in [("disable_shuffling", .bool(value == .bool(false)))] },
            .keepLast("LLaMA-Factory"),
            .written("r", ["lora_rank", "finetuning_type"], read: Spelling.itself) { value, _ in
                [("finetuning_type", .string("lora")), ("lora_rank", value)]
            },
            .written("lora_alpha", ["lora_alpha"], read: Spelling.itself) { (value, _) throws(TrainerSettingsError) in
                guard value.number != 0 else {
                    throw TrainerSettingsError(setting: "lora_alpha", problem: "found 0, which LLaMA-Factory takes for 2 x r")
                }
                return [("lora_alpha", Spelling.whole(value))]
            },
            .same("lora_dropout"),
            .written("target_modules", ["lora_target"]) { (value, _) throws(TrainerSettingsError) in
                [("lora_target", try listed(value, "target_modules", all: "all"))]
            },
            .written("modules_to_save", ["additional_target"]) { (value, _) throws(TrainerSettingsError) in
                value == .array([])
                    ? [("additional_target", nil)]
                    : [("additional_target", try listed(value, "modules_to_save", all: nil))]
            },
            .same("use_rslora"), .same("use_dora"),
            .written("init_lora_weights", ["pissa_init", "pissa_iter"]) { (value, _) throws(TrainerSettingsError) in
                try pissa(value)
            },
            .written("loraplus_lr_ratio", ["loraplus_lr_ratio"], read: Spelling.itself) { value, _ in
                [("loraplus_lr_ratio", value.number == 1 ? nil : value)]
            },
        ] + Spelling.optimizer + [
            .written("base_precision", ["bf16", "fp16", "pure_bf16"]) { _, compilation in
                [("bf16", .bool(compilation.precision == .bf16)), ("fp16", .bool(false)), ("pure_bf16", .bool(false))]
            },
            .written("gradient_checkpointing", ["disable_gradient_checkpointing"]) { value, compilation in
                [("disable_gradient_checkpointing", .bool(!compilation.checkpoints(value)))]
            },
            .written("completion_only_loss", ["train_on_prompt"]) { _, compilation in
                [("train_on_prompt", .bool(!compilation.masksPrompts))]
            },
            .written("assistant_only_loss", ["train_on_prompt"]) { _, compilation in
                [("train_on_prompt", .bool(!compilation.masksPrompts))]
            },
            .written("chat_template", ["template"], read: Spelling.itself) {
                (value, compilation) throws(TrainerSettingsError) in
                [("template", try template(value, compilation))]
            }, .same("seed"),
        ],
        usual: ["drop_last": .bool(false)], hasOtherTargets: true, dataKeys: ["dataset"],
        constants: { compilation in
            // Prompts and completions are joined as they are, as everywhere else; the bridge sets the end token.
            (compilation["chat_template"] == nil && compilation.data != .messages ? [("template", .string("empty"))] : []) + [
                ("do_train", .bool(true)), ("optim", .string("adamw_torch")), ("packing", .bool(false)),
                ("preprocessing_num_workers", .int(1)), ("overwrite_cache", .bool(true)),
            ] + trainerLogging(compilation)
        },
        needs: { compilation in
            let data: [Key] =
                compilation["train"] == nil
                ? []
                : [
                    ("stage", .string(compilation.data == .text ? "pt" : "sft")), ("dataset", .string("train")),
                    ("eval_dataset", .string("validation")), ("dataset_dir", .string(compilation.place.folder)),
                    ("val_size", nil),
                ]
            return data + trainerNeeds(compilation)
        },
        files: { compilation in
            compilation["train"] == nil ? [:] : ["dataset_info.json": TrialJSON.file(datasets(compilation))]
        },
        reserved: trainerReserved.merging([
            "dataset": "write 'train'", "eval_dataset": "write 'validation'", "val_size": "write 'validation'",
            "dataset_dir": "write 'train' and 'validation'", "stage": "the rows of 'train' decide it; leave it out",
            "adapter_name_or_path": "trials start from a fresh adapter; leave it out",
        ]) { $1 }, forbidden: trainerForbidden.union(["adapter_name_or_path"]))

    /// It has ours, one by another name; texts it takes none.
    private static func template(
        _ value: SettingValue, _ compilation: Compilation
    ) throws(TrainerSettingsError) -> SettingValue {
        guard compilation.template == nil || NamedTemplates.names.contains(value.text ?? "") else {
            throw compilation.noTemplate("a template's text", "for LLaMA-Factory the name of a template, such as chatml")
        }
        return value == .string("phi3") ? .string("phi") : value
    }

    /// LLaMA-Factory cuts a text at commas.
    private static func listed(
        _ value: SettingValue, _ setting: String, all: String?
    ) throws(TrainerSettingsError) -> SettingValue {
        if let all, value == .string("all-linear") { return .string(all) }
        guard case .array(let names) = value, names.allSatisfy({ $0.text?.contains(",") == false }) else {
            throw TrainerSettingsError(
                setting: setting,
                problem:
                    "found \(value), expected for LLaMA-Factory a list of module names\(all == nil ? "" : ", or all-linear")"
                    + "; type: peft takes regular expressions")
        }
        return .string(names.compactMap(\.text).joined(separator: ","))
    }

    private static func pissa(_ value: SettingValue) throws(TrainerSettingsError) -> [Key] {
        switch value {
        case .bool(true): return [("pissa_init", .bool(false)), ("pissa_iter", nil)]
        case .string("pissa"): return [("pissa_init", .bool(true)), ("pissa_iter", .int(-1))]
        case .string(let text):
            guard text.hasPrefix("pissa_niter_"), let count = Int(text.dropFirst("pissa_niter_".count)) else { break }
            return [("pissa_init", .bool(true)), ("pissa_iter", .int(count))]
        default: break
        }
        throw TrainerSettingsError(
            setting: "init_lora_weights",
            problem:
                "found \(value); LLaMA-Factory has true, pissa and pissa_niter_N; type: peft and type: axolotl take all of PEFT's words"
        )
    }

    /// dataset_info.json: what the rows of our two files are.
    private static func datasets(_ compilation: Compilation) -> SettingValue {
        let content: [String: SettingValue] =
            switch compilation.data {
            case .messages:
                [
                    "formatting": .string("sharegpt"), "columns": .object(["messages": .string("messages")]),
                    "tags": .object([
                        "role_tag": .string("role"), "content_tag": .string("content"), "user_tag": .string("user"),
                        "assistant_tag": .string("assistant"), "system_tag": .string("system"),
                    ]),
                ]
            case .text, .labels: ["columns": .object(["prompt": .string("text")])]
            case .completions, nil:
                ["columns": .object(["prompt": .string("prompt"), "response": .string("completion")])]
            }
        func dataset(_ name: String) -> SettingValue {
            .object(content.merging(["file_name": .string("\(compilation.place.data)/\(name).jsonl")]) { $1 })
        }
        return .object(["train": dataset("train"), "validation": dataset("validation")])
    }
}
