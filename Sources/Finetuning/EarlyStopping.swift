import TrainerSettings

/// Whether a run ends before its last step, as transformers' `EarlyStoppingCallback` has it.
///
/// It hangs on the evaluations' values alone, so that a run that goes on from a checkpoint ends where one that never stopped does.
struct EarlyStopping: Sendable, Hashable {
    let patience: Int
    let threshold: Double
    let goal: MetricGoal

    /// nil: a run makes all its steps.
    init?(_ settings: TrainerSettings, goal: MetricGoal) {
        guard let patience = settings.earlyStoppingPatience else { return nil }
        (self.patience, threshold, self.goal) = (patience, settings.earlyStoppingThreshold, goal)
    }

    /// Any gain makes a value the best so far; one that does not exceed the threshold counts as none all the same. So small gains, one
    /// after another, end a run that is still improving.
    ///
    /// - Parameter values: of all evaluations so far, the first one first.
    func isOver(_ values: some Sequence<Double>) -> Bool {
        var best: Double?
        var failures = -1
        for value in values {
            let improves = goal.improves(value, over: best)
            let counts = improves && best.map { abs(value - $0) > threshold } ?? true
            // The first evaluation has nothing to be better than.
            failures = counts || failures < 0 ? 0 : failures + 1
            if failures >= patience { return true }
            if improves { best = value }
        }
        return false
    }
}
