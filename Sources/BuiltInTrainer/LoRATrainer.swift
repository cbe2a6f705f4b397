package import SearchSpaces
package import SpaceFiles
package import Studies
package import TrainerSettings
package import Trainers

/// The built-in trainer, as a search launches it: `autolora train config.json`.
package struct LoRATrainer: Trainer {
    package let type = "lora"
    package let name = "the built-in trainer"
    package let figures: ReportedFigures? = ReportedFigures(
        all: TrainerSettings.reportedMetrics, rankings: TrainerSettings.evaluationMetrics)
    package let inputPaths = TrainerSettings.inputPaths

    package init() {}

    package func read(_ section: TrainerSection) throws(SpaceFileError) -> LocatedTrainer {
        try LoRASection(section).trainer()
    }

    package func check(_ study: LocatedStudy) throws(SpaceFileError) { try LoRASection.check(study, by: self) }

    package func warnings(about study: LocatedStudy) -> [(Position, String)] {
        study.trainer.places["output_dir"].map { [($0, "a study's trials write into its own folder")] } ?? []
    }

    package func settings(
        for assignment: Assignment, in study: StudySpecification
    ) throws(TrainerSettingsError) -> [String: SettingValue] {
        // What is proposed was looked at; what has begun is launched again as it was read then.
        try TrainerSettings(assignment, in: study, isOnRecord: true).values
    }

    package func program(for launch: LaunchRequest) throws(TrainerSettingsError) -> TrialProgram {
        let threads = String(launch.threads)
        return TrialProgram(
            command: [launch.autolora, "train", launch.folder.configuration],
            environment: [
                "AUTOLORA_CACHE": launch.folder.cache, "AUTOLORA_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
            ])
    }

    package func preflight(_ study: StudySpecification, _ file: SpaceFile, environment: [String: String]) throws -> Preflight {
        try LoRAPreflight(study, file: file).run()
    }

    package func change(
        from old: StudySpecification, to new: StudySpecification, areTwoFiles: @escaping @Sendable (String, String) -> Bool
    ) -> TrainerChange {
        let kinds = SettingsChange.Kinds(paths: TrainerSettings.paths, indifferent: Set(TrainerSettings.meansOnly))
        return SettingsChange(of: self, from: old, to: new, kinds, areTwoFiles: areTwoFiles).change
    }

    package var files: (any TrialFiles)? { LoRATrialFiles() }

    package func test(_ folder: TrialFolder, in study: StudySpecification, autolora: String) -> [String]? {
        guard TrainerSettings.namesTest(study.trainer.settings) else { return nil }
        return [autolora, "evaluate", folder.configuration, "--adapter", folder.adapter]
    }

    package func modelName(for assignment: Assignment, in study: StudySpecification) -> String? {
        assignment["model"]?.text ?? study.trainer.settings["model"]?.text
    }
}

extension TrainerSpecification {
    /// The built-in trainer with its fixed settings.
    package static func lora(_ settings: [String: SettingValue]) -> TrainerSpecification {
        var traits = TrainerTraits()
        traits.title = "lora" + (settings["model"].map { " on \($0)" } ?? "")
        (traits.isReproducible, traits.repeatsReports, traits.usesDevices) = (true, true, false)
        traits.knownBeforeLaunch = Set(Feasibility.figures)
        traits.findsRanks = true
        if settings["finetuning_type"] ?? .string("lora") == .string("lora") {
            traits.loraRank = settings["r"]?.number ?? Double(TrainerSettings().rank)
        }
        traits.length = .init(
            steps: "max_steps", epochs: "num_train_epochs", defaultEpochs: TrainerSettings.defaultEpochs,
            evalSteps: "eval_steps")
        traits.pace = [
            "model", "finetuning_type", "train", "validation", "batch_size", "max_length", "eval_steps", "precision",
            "base_precision",
            "gradient_checkpointing",
        ]
        return TrainerSpecification(type: "lora", settings: settings, traits: traits)
    }
}

extension Assignment {
    /// Its values by the settings that they are of: one in a group (`full.learning_rate`) is of the setting that it ends with.
    var settings: [String: SettingValue] {
        Dictionary(values.map { name, value in (name.split(separator: ".").last.map(String.init) ?? name, value) }) { $1 }
    }
}

extension TrainerSettings {
    /// Numbers of which a study can have several ranges, each in a group of its own and under conditions of its own: no size, no memory and
    /// no time of a trial hangs on them.
    static let grouped: Set = [
        "learning_rate", "weight_decay", "warmup_ratio", "alpha_over_r", "loraplus_lr_ratio", "max_grad_norm",
        "label_smoothing_factor",
    ]

    /// Every setting with a configuration's parameters applied; paths are absolute.
    ///
    /// - Parameters:
    ///   - without: settings that are left as if nothing were given.
    ///   - isOnRecord: ``isOnRecord``.
    /// - Throws: `TrainerSettingsError`.
    init(
        _ assignment: Assignment, in study: StudySpecification, without left: Set<String> = [], isOnRecord: Bool = false
    ) throws(TrainerSettingsError) {
        let chosen = assignment.settings
        var values = study.trainer.settings.merging(chosen) { $1 }.filter { !left.contains($0.key) }
        if values["seed"] == nil { values["seed"] = .int(study.seed) }
        // Until the budget gives one, the least that any start goes with.
        if study.rankSearch != nil, values["finetuning_type"] ?? .string("lora") == .string("lora") { values["r"] = .int(2) }
        // What is searched takes the place of the other way to give the same thing.
        for (one, other) in [
            ("alpha_over_r", "lora_alpha"), ("max_steps", "num_train_epochs"), ("base_precision", "precision"),
            ("warmup_steps", "warmup_ratio"),
        ] {
            if chosen[one] != nil, chosen[other] == nil { values[other] = nil }
            if chosen[other] != nil, chosen[one] == nil { values[one] = nil }
        }
        for name in TrainerSettings.paths {
            guard let path = values[name]?.text, !path.isEmpty, !path.hasPrefix("/") else { continue }
            values[name] = .string(study.folder + "/" + path)
        }
        values["metric_for_best_model"] = .string(study.metric.name)
        // Where a second figure or a constraint is of answers, they are written too.
        let written = Set(TrainerSettings.Task.allCases.flatMap(\.writtenMetrics).map(\.name))
        if values["eval_generation_rows"] == nil, values["task"] == .string(Task.causalLanguageModel.rawValue),
            study.metrics.dropFirst().map(\.name).contains(where: written.contains)
                || study.constraints.keys.contains(where: written.contains)
        {
            values["eval_generation_rows"] = .int(TrainerSettings.usualGenerationRows)
        }
        values["greater_is_better"] = .bool(study.metric.goal == .maximize)
        try self.init(values: values, isOnRecord: isOnRecord)
        if let search = study.rankSearch { try take(search) }
    }
}
