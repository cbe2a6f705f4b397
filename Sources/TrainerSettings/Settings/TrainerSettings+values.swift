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
    /// - Parameter isOnRecord: whether they are of a trial that has begun.
    /// - Throws: `TrainerSettingsError` for an unknown name, a value of the wrong kind or out of range, two settings that
    ///   contradict each other, and what is not available yet.
    package init(values: [String: SettingValue], isOnRecord: Bool = false) throws(TrainerSettingsError) {
        self.init(isOnRecord: isOnRecord)
        let given = values.filter { $0.value != .null }
        let names = Set(given.keys)
        for place in Self.places(of: names) { try Self.inReadingOrder[place].read(given, names, into: &self) }
        guard let unknown = names.filter({ Self.place[$0] == nil }).min() else { return }
        if let way = Self.ownWay[unknown] { throw TrainerSettingsError(setting: unknown, problem: way) }
        let hint = nearestHint(to: unknown, among: Self.names)
        throw TrainerSettingsError(setting: unknown, problem: "unknown setting" + hint)
    }

    /// What other trainers have settings for, and this one does in one way.
    private static let ownWay: [String: String] = {
        let checkpoints =
            "is no setting: a checkpoint is written at each evaluation (eval_steps), and the newest is kept; leave it out"
        let reports = "is no setting: each evaluation (eval_steps) is reported; leave it out"
        return [
            "load_best_model_at_end":
                "is no setting: the best adapter by metric_for_best_model is always what is left; leave it out",
            "save_strategy": checkpoints, "save_steps": checkpoints, "save_total_limit": checkpoints,
            "eval_strategy": reports, "evaluation_strategy": reports, "logging_steps": reports, "logging_strategy": reports,
            "report_to": "is no setting: reports go to the study, and `run --tensorboard` writes event files; leave it out",
        ]
    }()

    /// Another trainer's name is refused first, then what no version can do yet.
    private static let inReadingOrder = Array(table.prefix(1) + planned + table.dropFirst())

    private static let place = Dictionary(
        uniqueKeysWithValues: inReadingOrder.enumerated().map { ($0.element.name, $0.offset) })
    /// Of the settings that have to be looked at though they are not given.
    private static let lookedAtAlways = Set(inReadingOrder.indices.filter { inReadingOrder[$0].isLookedAtAlways })

    private static func places(of names: Set<String>) -> [Int] {
        lookedAtAlways.union(names.compactMap { place[$0] }).sorted()
    }

    /// Every setting by name, ready for ``init(values:)``.
    package var values: [String: SettingValue] {
        var values: [String: SettingValue] = [:]
        for setting in Self.table { values[setting.name] = setting.value(in: self) }
        return values
    }
}
