package import SearchSpaces

/// A study as it stands: what strategies and schedulers decide from, and all that they see.
package struct History: Sendable, Hashable {
    package let goal: Goal
    /// The name of the study's own metric; nil: nothing here asks for it.
    package let metric: String?
    /// What counts besides the study's own metric; none: nothing.
    package let otherMetrics: [Metric]
    /// Limits on what trials report, by the figure's name.
    package let constraints: [String: Limits]
    /// By number, without gaps from 0.
    package var trials: [Trial]

    package init(
        goal: Goal, metric: String? = nil, otherMetrics: [Metric] = [], constraints: [String: Limits] = [:],
        trials: [Trial] = []
    ) {
        self.goal = goal
        self.metric = metric
        self.otherMetrics = otherMetrics
        self.constraints = constraints
        self.trials = trials
    }

    package subscript(id: Trial.ID) -> Trial {
        get { trials[id.number] }
        set { trials[id.number] = newValue }
    }

    /// The trial with the best report, the first of equals; failed ones and those that break a constraint do not count.
    /// With several metrics the front's first: equals are told apart by the others.
    package var best: (trial: Trial, report: Report)? {
        if hasSeveralMetrics { return front.first }
        var best: (trial: Int, value: Double)?
        for (index, trial) in trials.enumerated() where trial.state != .failed {
            let merit = merit(of: trial)
            guard merit.isNumber, merit.violation == 0 else { continue }
            if best.map({ goal.prefers(merit.value, to: $0.value) }) ?? true { best = (index, merit.value) }
        }
        guard let best, let report = trials[best.trial].best(goal) else { return nil }
        return (trials[best.trial], report)
    }
}
