/// What is wrong with one setting; whoever knows the file adds the place.
package struct TrainerSettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    package let setting: String
    package let problem: String

    package init(setting: String, problem: String) {
        self.setting = setting
        self.problem = problem
    }

    package var description: String { "\(setting): \(problem)" }
}

extension TrainerSettings {
    /// Reads settings by name, resolving what depends on another (lora_alpha from r, last-2 stays relative).
    ///
    /// - Throws: `TrainerSettingsError` for an unknown name, a value of the wrong kind or out of range, two settings that
    ///   contradict each other, and what is not available yet.
    package init(values: [String: SettingValue]) throws(TrainerSettingsError) {
        self.init()
        var reader = SettingsReader(values)
        let type = try reader.text("type") ?? "lora"
        guard type == "lora" else { throw .init(setting: "type", problem: "'\(type)' is not the built-in trainer (lora)") }
        try reader.refuseUnavailable()

        if let value: Task = try reader.choice("task") { task = value }
        guard task == .sequenceClassification else { throw .init(setting: "task", problem: "causal-lm is not available yet") }
        model = try reader.required("model")
        guard !model.hasSuffix(".gguf") else { throw .init(setting: "model", problem: "GGUF models are not available yet") }
        try takeData(from: &reader)
        outputDirectory = try reader.text("output_dir")
        initAdapter = try reader.text("init_adapter")

        let steps = try reader.integer("max_steps", in: 1...1_000_000_000)
        let epochs = try reader.number("num_train_epochs", in: 0...1e6)
        if steps != nil, epochs != nil {
            throw .init(setting: "num_train_epochs", problem: "given together with max_steps; keep one of the two")
        }
        if let epochs, epochs == 0 { throw .init(setting: "num_train_epochs", problem: "must be above 0") }
        duration = steps.map(Duration.steps) ?? .epochs(epochs ?? 3)
        evalSteps = try reader.integer("eval_steps", in: 1...1_000_000_000)
        if let value = try reader.integer("batch_size", in: 1...65536) { batchSize = value }
        if let value = try reader.integer("max_length", in: 3...1_048_576) { maxLength = value }
        if let value = try reader.flag("shuffle") { shuffle = value }
        if let value = try reader.flag("drop_last") { dropLast = value }

        if let value = try reader.integer("r", in: 1...65536) { rank = value }
        let alpha = try reader.number("lora_alpha", in: 0...1e9)
        let ratio = try reader.number("alpha_over_r", in: 0...1e9)
        if alpha != nil, ratio != nil {
            throw .init(setting: "alpha_over_r", problem: "given together with lora_alpha; keep one of the two")
        }
        loraAlpha = alpha ?? (ratio ?? 2) * Double(rank)
        if let value = try reader.number("lora_dropout", in: 0...0.99) { loraDropout = value }
        targetModules = try reader.targetModules()
        if let value = try reader.layers() { layersToTransform = value }

        if let value = try reader.number("learning_rate", in: 0...1e3) { learningRate = value }
        if let value = try reader.number("weight_decay", in: 0...1e3) { weightDecay = value }
        if let value = try reader.number("warmup_ratio", in: 0...1) { warmupRatio = value }
        if let value: LearningRateSchedule = try reader.choice("lr_scheduler_type") { scheduler = value }
        if let value = try reader.number("max_grad_norm", in: 0...1e9) { maxGradNorm = value }
        if let value: Precision = try reader.choice("precision") { precision = value }
        if let value = try reader.size("prefix_cache") { prefixCache = value }
        threads = try reader.integer("threads", in: 1...4096)
        if let value = try reader.integer("seed", in: Int.min...Int.max) { seed = value }
        if let value = try reader.text("metric_for_best_model") {
            metricForBestModel = value
            greaterIsBetter = !value.hasSuffix("loss")
        }
        if let value = try reader.flag("greater_is_better") { greaterIsBetter = value }
        try reader.finish()
    }

    /// Every setting by name, ready for ``init(values:)``.
    package var values: [String: SettingValue] {
        var values: [String: SettingValue] = [
            "type": .string("lora"), "task": .string(task.rawValue), "model": .string(model),
            "train": .string(train), "batch_size": .int(batchSize), "max_length": .int(maxLength),
            "shuffle": .bool(shuffle), "drop_last": .bool(dropLast),
            "r": .int(rank), "lora_alpha": .double(loraAlpha), "lora_dropout": .double(loraDropout),
            "layers_to_transform": layersToTransform.value,
            "learning_rate": .double(learningRate), "weight_decay": .double(weightDecay),
            "warmup_ratio": .double(warmupRatio), "lr_scheduler_type": .string(scheduler.rawValue),
            "max_grad_norm": .double(maxGradNorm), "precision": .string(precision.rawValue),
            "prefix_cache": .string(prefixCache.map { "\($0)" } ?? "off"), "seed": .int(seed),
            "metric_for_best_model": .string(metricForBestModel), "greater_is_better": .bool(greaterIsBetter),
        ]
        switch duration {
        case .steps(let steps): values["max_steps"] = .int(steps)
        case .epochs(let epochs): values["num_train_epochs"] = .double(epochs)
        }
        values["output_dir"] = outputDirectory.map(SettingValue.string)
        values["init_adapter"] = initAdapter.map(SettingValue.string)
        values["eval_steps"] = evalSteps.map(SettingValue.int)
        values["target_modules"] = targetModules?.value
        values["threads"] = threads.map(SettingValue.int)
        return values.merging(dataValues) { $1 }
    }
}

extension TrainerSettings.TargetModules {
    package var value: SettingValue {
        switch self {
        case .allLinear: .string("all-linear")
        case .names(let names): .array(names.map(SettingValue.string))
        case .pattern(let pattern): .string(pattern)
        }
    }
}

extension TrainerSettings.LayerSelection {
    package var value: SettingValue {
        switch self {
        case .all: .string("all")
        case .last(let count): .string("last-\(count)")
        case .indices(let indices): .array(indices.map(SettingValue.int))
        }
    }
}
