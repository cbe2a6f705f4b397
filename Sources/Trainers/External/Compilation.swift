import SearchSpaces
import TrainerSettings

/// A trial's settings on their way into a trainer's own configuration.
struct Compilation: Sendable {
    let settings: ExternalSettings
    let place: Place
    /// nil: the files are not there, or the base names the data.
    let data: DataKind?
    /// Whether the trial sees a GPU or the like; nil: whoever runs it will see.
    let isAccelerated: Bool?

    /// The trial's folder and what is in it.
    struct Place: Sendable, Hashable {
        let folder: String
        /// What the study's trials share.
        let cache: String
        /// The checkpoint to go on from.
        let resume: String?

        var output: String { folder + "/output" }
        var data: String { folder + "/data" }
    }

    subscript(setting: String) -> SettingValue? { settings.values[setting] }

    func integer(_ setting: String) -> Int? { self[setting]?.integer }
    func number(_ setting: String) -> Double? { self[setting]?.number }

    /// What the base model is loaded as: `base_precision`, resolved.
    var precision: TrainerSettings.Precision {
        let wanted = self["base_precision"]?.text.flatMap(TrainerSettings.Precision.init) ?? .auto
        return wanted == .auto ? (isAccelerated == true ? .bf16 : .fp32) : wanted
    }

    /// `gradient_checkpointing`, resolved: it changes no result, and memory is short on GPUs.
    func checkpoints(_ value: SettingValue) -> Bool {
        value == .string("auto") ? isAccelerated == true : value == .bool(true)
    }

    /// Whether the loss is on answers alone, by what the rows are.
    var masksPrompts: Bool {
        switch data {
        case .completions, nil: self["completion_only_loss"] != .bool(false)
        case .messages: self["assistant_only_loss"] != .bool(false)
        case .text, .labels: false
        }
    }

    /// The model's folder, where its config.json can be read.
    var model: ModelFolder? { self["model"]?.text.flatMap(ModelFolder.init) }

    /// The trainer's own configuration.
    ///
    /// - Throws: `TrainerSettingsError` for a value that it cannot express, a key that is not the user's to give.
    func keys(of dialect: Dialect) throws(TrainerSettingsError) -> TrainerKeys {
        try dialect.check(settings.options.paths, in: "options")
        var keys = settings.base ?? TrainerKeys()
        for path in dialect.forbidden.sorted() {
            guard let value = keys[path], value != .bool(false), value != .null else { continue }
            throw TrainerSettingsError(setting: "base", problem: "\(path): \(dialect.reserved[path] ?? "")")
        }
        try checkSchedule(of: dialect)
        for spelling in dialect.spellings {
            guard let value = self[spelling.setting], settings.base == nil || settings.given.contains(spelling.setting) else {
                continue
            }
            for key in try spelling.write(value, self) { keys[key.name] = key.value }
        }
        for key in dialect.constants(self) where settings.base == nil { keys[key.name] = key.value }
        for path in settings.options.paths { keys[path] = settings.options[path] }
        for key in dialect.needs(self) { keys[key.name] = key.value }
        return keys
    }
}

extension Compilation {
    /// What transformers' get_scheduler asks of a schedule can be given among the trainer's own options alone.
    private static let needsArguments: Set<TrainerSettings.LearningRateSchedule> = [.cosineWithMinimum, .warmupStableDecay]

    private func checkSchedule(of dialect: Dialect) throws(TrainerSettingsError) {
        guard settings.base == nil || settings.given.contains("lr_scheduler_type"),
            let schedule = self["lr_scheduler_type"]?.text.flatMap(TrainerSettings.LearningRateSchedule.init)
        else { return }
        func fail(_ problem: String) -> TrainerSettingsError {
            TrainerSettingsError(setting: "lr_scheduler_type", problem: problem)
        }
        if let known = dialect.schedules {
            guard known.contains(schedule) else {
                let names = TrainerSettings.LearningRateSchedule.allCases.filter(known.contains).map(\.rawValue)
                throw fail("\(dialect.name) has no \(schedule.rawValue); it has \(names.joined(separator: ", "))")
            }
        } else if Self.needsArguments.contains(schedule),
            !settings.options.paths.contains(where: { $0.hasPrefix("lr_scheduler_kwargs") })
        {
            throw fail(
                "\(schedule.rawValue) needs arguments that go to the trainer as they are: options: {lr_scheduler_kwargs: {...}}"
            )
        }
    }
}

extension Dialect {
    /// Refuses keys that a setting of ours decides, or that the bridge does.
    func check(_ paths: [String], in place: String) throws(TrainerSettingsError) {
        for path in paths {
            if let instead = reserved.first(where: { TrainerKeys.overlap(path, $0.key) })?.value {
                throw TrainerSettingsError(setting: "\(place).\(path)", problem: instead)
            }
            let owner = spellings.first { $0.keys.contains { TrainerKeys.overlap(path, $0) } }
            if let owner {
                throw TrainerSettingsError(
                    setting: "\(place).\(path)", problem: "write '\(owner.setting)', a setting of the trainer's section")
            }
        }
    }
}
