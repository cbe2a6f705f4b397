extension TrainerSettings {
    private static let count = SettingKind<Int>.integer(1...1_000_000_000)
    private static let epochs = SettingKind<Double>.number(0...1e6)
    private static let scale = SettingKind<Double>.number(0...1e9)

    /// Every setting, in the order in which they are read and listed. A new one is a row here and a property of ``TrainerSettings``.
    package static let table = firstRows + promptRows + bottleneckRows + scheduleRows + lastRows + rankRows

    private static let firstRows: [TrainerSetting] = [
        TrainerSetting(
            "type", .run, "which trainer it is: this one is lora", allowed: "lora",
            (
                { (value, _) throws(SettingMismatch) in
                    let type = try SettingKind<String>.text.read(value)
                    guard type == "lora" else { throw SettingMismatch("'\(type)' is not the built-in trainer (lora)") }
                },
                { _ in .string("lora") }
            )
        ).unsearched,
        TrainerSetting("task", .task, \.taskWithItsMetric, .word, "what the model learns to do").alsoCalled("task_type")
            .unsearched,
        TrainerSetting("finetuning_type", .method, \.finetuningType, .finetuning, "what of the model is trained, and how")
            .writtenWhereUnusual.alsoCalled("tuning_type", "fine_tune_type", "peft_type", "tuner_type").checked(checkType),
        TrainerSetting("model", .run, \.model, .text, "a Hugging Face model folder, or a GGUF file").required.path(.modelFolder)
            .alsoCalled(
                "model_name_or_path", "model_name", "base_model", "pretrained_model_name_or_path", "model_id", "model_path"
            ),

        TrainerSetting("train", .data, \.train, .text, "the training data").required.path(.dataFile)
            .alsoCalled("train_file", "train_data", "train_path", "train_dataset", "dataset", "data", "training"),
        TrainerSetting("validation", .data, \.validation, .text, "the data that trials are compared by").path(.dataFile)
            .open("a share of `train` by `split`")
            .alsoCalled("validation_file", "eval_file", "valid", "val", "dev", "eval", "validation_data", "eval_data"),
        TrainerSetting("test", .data, \.test, .text, "data that no trial sees, for a study's winner").path(.dataFile)
            .open("none").alsoCalled("test_file", "test_data"),
        TrainerSetting("split", .data, \.split, .split, "the shares of `train` that are validation and test data")
            .shapingData.open("files of their own").checked(checkParts),
        TrainerSetting("text_column", .data, \.columns.text, .text, "the column or key with the text").shapingData,
        TrainerSetting("label_column", .data, \.columns.label, .text, "the column or key with the label").shapingData
            .checked { (settings, _) throws(TrainerSettingsError) in
                guard settings.columns.text != settings.columns.label else {
                    throw TrainerSettingsError(
                        setting: "label_column", problem: "'\(settings.columns.label)' is the text's column too")
                }
            },
        TrainerSetting("separator", .data, \.columns.separator, .sign, "what stands between a row's values").shapingData
            .open("a tab in .tsv, else a comma"),
        TrainerSetting("quoting", .data, \.columns.quoting, .word, "whether quotes enclose values").shapingData,
        TrainerSetting(
            "completion_only_loss", .task, \.completionOnlyLoss, .flag, "whether prompts have no part in the loss"
        ).alsoCalled("train_on_inputs", "train_on_prompt", "mask_prompt").unsearched.writtenWhereUnusual
            .forLanguageModels { !$0.completionOnlyLoss },
        TrainerSetting(
            "assistant_only_loss", .task, \.assistantOnlyLoss, .flag,
            "whether only the assistant's messages have part in the loss"
        ).unsearched.writtenWhereUnusual.forLanguageModels { !$0.assistantOnlyLoss },
        TrainerSetting("chat_template", .task, \.chatTemplate, .text, "how messages become a text")
            .open("the model's own").alsoCalled("template", "chat_template_path").unsearched
            .forLanguageModels { $0.chatTemplate != nil },
        TrainerSetting(
            "packing", .data, \.packing, .flag,
            "whether texts are put together until `max_length` is full: `batch_size` counts these"
        ).writtenWhereUnusual.forLanguageModels { $0.packing },

        TrainerSetting("output_dir", .run, \.outputDirectory, .text, "where the results go").path(.output).unsearched
            .open("`<configuration>-trained`").alsoCalled("output", "out_dir", "save_dir"),
        TrainerSetting("init_adapter", .method, \.initAdapter, .text, "a folder with a PEFT adapter to start from")
            .path(.modelFolder).open("a fresh adapter")
            .alsoCalled("adapter", "adapter_path", "adapter_name_or_path", "lora_weights")
            .forTypes(.lora, .ia3, .miss, .promptTuning, .bottleneck),

        TrainerSetting(
            "max_steps", .optimizer, "steps of the whole training", allowed: count.allowed,
            (
                { (value, settings) throws(SettingMismatch) in settings.duration = .steps(try count.read(value)) },
                { if case .steps(let steps) = $0.duration { .int(steps) } else { nil } }
            )
        ).open("`num_train_epochs` counts")
            .alsoCalled("steps", "num_steps", "total_steps", "max_iters", "iters", "iterations", "num_train_steps"),
        TrainerSetting(
            "num_train_epochs", .optimizer, "passes over the training data, where `max_steps` is not given",
            allowed: "a number above 0, up to 1000000",
            (
                { (value, settings) throws(SettingMismatch) in
                    settings.duration = .epochs(try epochs.read(value))
                },
                { if case .epochs(let epochs) = $0.duration { .double(epochs) } else { nil } }
            )
        ).alsoCalled("epochs", "num_epochs", "n_epochs", "epoch").checked(checkDuration),
        TrainerSetting("eval_steps", .run, \.evalSteps, count, "steps between two reports")
            .open("one report an epoch")
            .alsoCalled("eval_every", "eval_interval", "evaluation_steps", "steps_per_eval", "val_every"),
        TrainerSetting("batch_size", .optimizer, \.batchSize, .integer(1...65536), "texts in one step")
            .alsoCalled(
                "per_device_train_batch_size", "per_device_batch_size", "train_batch_size", "micro_batch_size", "batch", "bs",
                "per_gpu_train_batch_size"),
        TrainerSetting(
            "gradient_accumulation_steps", .optimizer, \.accumulationSteps, .integer(1...65536), "batches in one step"
        ).writtenWhereUnusual.alsoCalled(
            "grad_accumulation_steps", "grad_accum", "accumulate_grad_batches", "accumulation_steps"),
        TrainerSetting(
            "eval_batch_size", .run, \.evalBatchSize, .integer(1...65536), "texts in one batch of an evaluation"
        ).withoutEffect.open("`batch_size`").alsoCalled(
            "per_device_eval_batch_size", "eval_bs", "validation_batch_size", "val_batch_size"),
        TrainerSetting("max_length", .data, \.maxLength, .integer(3...1_048_576), "tokens to which a text is cut")
            .alsoCalled(
                "max_seq_length", "max_seq_len", "max_sequence_length", "seq_len", "seq_length", "sequence_len", "max_len",
                "cutoff_len", "model_max_length", "block_size"),
        TrainerSetting("shuffle", .data, \.shuffle, .flag, "whether each epoch has an order of its own"),
        TrainerSetting("drop_last", .data, \.dropLast, .flag, "whether the last, short batch of an epoch is left out"),
        TrainerSetting(
            "group_by_length", .data, \.groupsByLength, .flag, "whether texts of like length are in one batch"
        ).writtenWhereUnusual.alsoCalled("length_grouped", "train_sampling_strategy").checked {
            (settings, _) throws(TrainerSettingsError) in
            guard settings.groupsByLength, !settings.shuffle else { return }
            throw TrainerSettingsError(
                setting: "group_by_length",
                problem: "puts texts in an order of its own, and shuffle: false keeps the file's; keep one of the two")
        },

        TrainerSetting("r", .method, \.rankWithItsAlpha, .integer(1...65536), "the rank of the adapters")
            .alsoCalled("lora_rank", "lora_r", "rank", "lora_dim", "dim").forTypes(.lora, .miss),
        TrainerSetting("lora_alpha", .method, \.loraAlpha, scale, "the adapters' scale is `lora_alpha` / `r`")
            .open("2 x `r`").alsoCalled("alpha", "scaling").forTypes(.lora),
        TrainerSetting(
            "alpha_over_r", .method, "`lora_alpha` / `r`, instead of `lora_alpha`: the adapters' scale, but for `use_rslora`",
            allowed: scale.allowed,
            (
                { (value, settings) throws(SettingMismatch) in
                    settings.loraAlpha = try scale.read(value) * Double(settings.rank)
                },
                { _ in nil }
            )
        ).open("`lora_alpha` counts").alsoCalled("alpha_ratio", "scale").checked(checkAlpha).forTypes(.lora),
        TrainerSetting("use_rslora", .method, \.usesRSLoRA, .flag, "whether the scale is alpha over the root of `r`")
            .writtenWhereUnusual.forTypes(.lora),
        TrainerSetting("use_dora", .method, \.usesDoRA, .flag, "whether size and direction are trained apart (DoRA)")
            .writtenWhereUnusual.forTypes(.lora),
        TrainerSetting("init_lora_weights", .method, \.adapterStart, .start, "how the adapters start, in PEFT's words")
            .writtenWhereUnusual.elsewhere(.foreignStart).checked(checkStart)
            .alsoCalled("init_adapter_weights", "lora_init", "peft_init_lora_weights").forTypes(.lora),
        TrainerSetting("lora_dropout", .method, \.loraDropout, .number(0...0.99), "dropout of the adapters' inputs")
            .alsoCalled("dropout", "miss_dropout").forTypes(.lora, .miss),
        TrainerSetting("target_modules", .method, \.targetModules, .modules, "the linear layers that get an adapter")
            .open("PEFT's for the architecture")
            .alsoCalled("lora_target", "lora_targets", "lora_target_modules", "targets", "modules").forTypes(
                .lora, .ia3, .miss),
        TrainerSetting("layers_to_transform", .method, \.layersToTransform, .layers, "the layers that get adapters")
            .alsoCalled("layers", "lora_layers", "num_layers").forTypes(.lora, .ia3, .miss, .bottleneck),
        TrainerSetting("exclude_modules", .method, \.excludedModules, .excluded, "modules that get no adapter")
            .open("none").writtenWhereUnusual.forTypes(.lora, .ia3, .miss),
        TrainerSetting(
            "feedforward_modules", .method, \.feedForwardModules, .feedForward,
            "of IA3's `target_modules` those that have their inputs scaled"
        ).open("PEFT's for the architecture").forTypes(.ia3),
        TrainerSetting("rank_pattern", .method, \.rankPattern, .ranks, "ranks of some modules, by their names")
            .writtenWhereUnusual.forTypes(.lora),
        TrainerSetting("alpha_pattern", .method, \.alphaPattern, .alphas, "alphas of some modules, by their names")
            .writtenWhereUnusual.forTypes(.lora),
        TrainerSetting("bias", .method, \.bias, .word, "which of the model's own biases are trained")
            .writtenWhereUnusual.alsoCalled("lora_bias").forTypes(.lora),
        TrainerSetting("modules_to_save", .method, \.savedModules, .names, "modules of the model that are trained whole")
            .writtenWhereUnusual.alsoCalled("lora_modules_to_save", "additional_target").forTypes(.lora),

        TrainerSetting("learning_rate", .optimizer, \.learningRate, .number(0...1e3), "the highest rate of the schedule")
            .alsoCalled("lr", "max_lr", "peak_lr"),
        TrainerSetting(
            "loraplus_lr_ratio", .optimizer, \.rateRatio, .number(1e-3...1e6),
            "how many times faster the matrices B learn (LoRA+)"
        ).writtenWhereUnusual.alsoCalled("lora_plus_lr_ratio", "loraplus_ratio").forTypes(.lora),
        TrainerSetting(
            "use_lorafa", .optimizer, \.usesLoRAFA, .flag, "whether the matrices A stay as they start (LoRA-FA)"
        ).writtenWhereUnusual.forTypes(.lora).checked(checkFrozenA),
        TrainerSetting("weight_decay", .optimizer, \.weightDecay, .number(0...1e3), "AdamW's decay")
            .alsoCalled("wd", "decay"),
    ]

    private static let lastRows: [TrainerSetting] = [
        TrainerSetting(
            "max_grad_norm", .optimizer, \.maxGradNorm, .number(0...1e9),
            "the norm to which gradients are clipped; 0: not at all"
        ).alsoCalled("grad_clip", "gradient_clip", "gradient_clipping", "clip_grad_norm", "max_norm", "clip"),
        TrainerSetting(
            "label_smoothing_factor", .task, \.labelSmoothing, .number(0...1),
            "the share of the loss in which all classes, or tokens, are wanted alike"
        ).writtenWhereUnusual.alsoCalled("label_smoothing"),
        TrainerSetting(
            "class_weights", .task, \.classWeights, .classWeights, "what the rows of each class count in the loss"
        ).writtenWhereUnusual.alsoCalled("class_weight", "label_weights").checked {
            (settings, _) throws(TrainerSettingsError) in
            guard settings.classWeights != nil, settings.task != .sequenceClassification else { return }
            throw TrainerSettingsError(
                setting: "class_weights", problem: "is for sequence-classification; the task is \(settings.task.rawValue)")
        },
        TrainerSetting(
            "early_stopping_patience", .run, \.earlyStoppingPatience, .countOrNone,
            "evaluations in a row without a gain after which the trial ends"
        ).writtenWhereUnusual.open("it makes all its steps").alsoCalled("patience", "early_stopping_rounds"),
        TrainerSetting(
            "early_stopping_threshold", .run, \.earlyStoppingThreshold, .number(0...1e9),
            "what a gain has to exceed to count"
        ).writtenWhereUnusual.alsoCalled("min_delta", "early_stopping_min_delta").checked {
            (settings, _) throws(TrainerSettingsError) in
            guard settings.earlyStoppingThreshold != 0, settings.earlyStoppingPatience == nil else { return }
            throw TrainerSettingsError(
                setting: "early_stopping_threshold", problem: "means nothing without early_stopping_patience; give that too")
        },

        TrainerSetting("precision", .run, \.precision, .word, "of the frozen base")
            .alsoCalled("dtype", "torch_dtype", "bf16", "fp16", "mixed_precision"),
        TrainerSetting(
            "base_precision", .run, "of the frozen base; also `precision`", allowed: SettingKind<Precision>.word.allowed,
            (
                { (value, settings) throws(SettingMismatch) in
                    settings.precision = try SettingKind<Precision>.word.read(value)
                },
                { _ in nil }
            )
        ).open("`precision` counts").checked(checkPrecision),
        TrainerSetting("prefix_cache", .run, \.prefixCache, .size, "the most that kept results of frozen layers take on disk")
            .withoutEffect,
        TrainerSetting(
            "gradient_checkpointing", .run, \.gradientCheckpointing, .flagOrAuto,
            "whether activations are computed twice to spare memory"
        ).withoutEffect.writtenWhereUnusual.alsoCalled("activation_checkpointing", "grad_checkpoint"),
        TrainerSetting(
            "memory_cap", .run, \.memoryCap, .amount,
            "the most main memory of a trial, at most what the machine has; one that would take more is not launched"
        ).withoutEffect.open("what the machine has"),
        TrainerSetting("threads", .run, \.threads, .integer(1...4096), "of the matrix products").withoutEffect
            .open("`OPENBLAS_NUM_THREADS`, else `AUTOLORA_THREADS`, else all cores").alsoCalled(
                "num_threads", "n_threads", "cpus"),
        TrainerSetting("seed", .run, \.seed, .integer, "of the order, of dropout and of what starts at random"),
        TrainerSetting(
            "metric_for_best_model", .task, "the figure by which an evaluation's adapter is kept; a study sets it",
            allowed: SettingKind<String>.text.allowed,
            (
                { (value, settings) throws(SettingMismatch) in
                    settings.metricForBestModel = try SettingKind<String>.text.read(value)
                    let known = Task.allCases.flatMap(\.metrics).first { $0.name == settings.metricForBestModel }
                    settings.greaterIsBetter = known?.greaterIsBetter ?? !settings.metricForBestModel.hasSuffix("loss")
                },
                { .string($0.metricForBestModel) }
            )
        ).withoutEffect.unsearched.open("eval_accuracy, for causal-lm eval_loss"),
        TrainerSetting("greater_is_better", .task, \.greaterIsBetter, .flag, "whether more of that figure is better")
            .withoutEffect.unsearched.open("false for a loss, else true"),
        TrainerSetting(
            "eval_generation_rows", .task, \.evalGenerationRows, .integer(0...1_000_000),
            "rows of validation for which each evaluation writes an answer, to score it"
        ).withoutEffect.unsearched.open("64 where the metric is one of such answers, else 0")
            .alsoCalled("predict_with_generate", "generation_rows"),
        TrainerSetting(
            "max_new_tokens", .task, \.maxNewTokens, .integer(1...65536), "tokens of such an answer at most"
        ).withoutEffect.unsearched.writtenWhereUnusual.alsoCalled("generation_max_length", "max_tokens", "max_gen_length"),
    ]
}

// What has to hold between settings.
extension TrainerSettings {
    private static func checkParts(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        let parts = [
            ("validation", settings.validation, settings.split.validation), ("test", settings.test, settings.split.test),
        ]
        for (name, file, share) in parts where file != nil && share != nil {
            throw TrainerSettingsError(
                setting: "split", problem: "gives \(name) a share, and \(name) names a file; keep one of the two")
        }
        if settings.validation?.isEmpty != false, settings.split.validation == nil {
            throw TrainerSettingsError(
                setting: "validation",
                problem: "missing; give a file, or divide the training file: split: {validation: 0.1, test: 0.1}")
        }
    }

    private static func checkDuration(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        if given.isSuperset(of: ["max_steps", "num_train_epochs"]) {
            throw TrainerSettingsError(
                setting: "num_train_epochs", problem: "given together with max_steps; keep one of the two")
        }
        if settings.duration == .epochs(0) {
            throw TrainerSettingsError(setting: "num_train_epochs", problem: "must be above 0")
        }
    }

    private static func checkStart(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        if settings.adapterStart != .usual, settings.initAdapter != nil {
            throw TrainerSettingsError(
                setting: "init_lora_weights",
                problem: "given together with init_adapter, which has all values; keep one of the two")
        }
    }

    /// What PEFT's optimizer of LoRA-FA does not know, or would divide by.
    private static func checkFrozenA(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        guard settings.usesLoRAFA else { return }
        func fail(_ problem: String) -> TrainerSettingsError { TrainerSettingsError(setting: "use_lorafa", problem: problem) }
        if settings.usesDoRA { throw fail("trains matrices B alone, and use_dora lengths besides; keep one of the two") }
        if settings.rateRatio != 1 {
            throw fail(
                "leaves the matrices A as they are, and loraplus_lr_ratio compares rates with theirs; keep one of the two")
        }
        if settings.adapterStart == .orthogonal {
            throw fail("divides by A A^T, which init_lora_weights: orthogonal leaves half empty; take another start")
        }
        if settings.loraAlpha == 0 { throw fail("divides by the scale, and lora_alpha is 0; give one above 0") }
    }

    /// Read when the rank is known.
    private static func checkPrecision(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        if given.isSuperset(of: ["precision", "base_precision"]) {
            throw TrainerSettingsError(
                setting: "precision", problem: "is another name for base_precision; keep one of the two")
        }
        if settings.finetuningType == .full, [.bf16, .quantized].contains(settings.precision) {
            throw TrainerSettingsError(
                setting: given.contains("precision") ? "precision" : "base_precision",
                problem:
                    "\(settings.precision.rawValue) is for weights that are frozen; finetuning_type full trains them in fp32: leave it out, "
                    + "or give fp32")
        }
    }

    private static func checkAlpha(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        if given.isSuperset(of: ["lora_alpha", "alpha_over_r"]) {
            throw TrainerSettingsError(
                setting: "alpha_over_r", problem: "given together with lora_alpha; keep one of the two")
        }
    }
}
