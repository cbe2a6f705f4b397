/// A reported figure that says how good an adapter is, and in which direction.
package struct MetricGoal: Sendable, Hashable {
    package let name: String
    package let greaterIsBetter: Bool

    package init(name: String, greaterIsBetter: Bool) {
        self.name = name
        self.greaterIsBetter = greaterIsBetter
    }

    /// What the settings say on their own, without a study.
    package init(_ settings: TrainerSettings) {
        self.init(name: settings.metricForBestModel, greaterIsBetter: settings.greaterIsBetter)
    }

    /// Whether a value beats the best so far; NaN and the infinities never do.
    package func improves(_ value: Double, over best: Double?) -> Bool {
        guard value.isFinite else { return false }
        guard let best else { return true }
        return greaterIsBetter ? value > best : value < best
    }
}
