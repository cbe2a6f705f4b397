package import SearchSpaces

/// A study as it stands: what strategies and schedulers decide from, and all that they see.
package struct History: Sendable, Hashable {
    package let goal: Goal
    /// By number, without gaps from 0.
    package var trials: [Trial]

    package init(goal: Goal, trials: [Trial] = []) {
        self.goal = goal
        self.trials = trials
    }

    package subscript(id: Trial.ID) -> Trial {
        get { trials[id.number] }
        set { trials[id.number] = newValue }
    }

    /// The trial with the best report, the first of equals; failed ones do not count.
    package var best: (trial: Trial, report: Report)? {
        var best: (trial: Trial, report: Report)?
        for trial in trials where trial.state != .failed {
            guard let report = trial.best(goal) else { continue }
            if best.map({ goal.prefers(report.value, to: $0.report.value) }) ?? true { best = (trial, report) }
        }
        return best
    }
}
