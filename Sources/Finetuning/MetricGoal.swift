package import TrainerSettings

/// Which reported number says how good an adapter is, and in which direction.
package struct MetricGoal: Sendable, Hashable {
    package enum Goal: String, Sendable, Hashable, CaseIterable {
        case minimize, maximize
    }

    package let name: String
    package let goal: Goal

    package init(name: String, goal: Goal) {
        self.name = name
        self.goal = goal
    }

    /// What the settings say on their own, without a study.
    package init(_ settings: TrainerSettings) {
        self.init(name: settings.metricForBestModel, goal: settings.greaterIsBetter ? .maximize : .minimize)
    }

    /// Whether a value beats the best so far; NaN and the infinities never do.
    package func improves(_ value: Double, over best: Double?) -> Bool {
        guard value.isFinite else { return false }
        guard let best else { return true }
        return goal == .maximize ? value > best : value < best
    }
}
