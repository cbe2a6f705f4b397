package import SearchSpaces

/// A study as it stands: what strategies and schedulers decide from, and all that they see.
///
/// ``trials`` are the search's alone. What confirms its best is kept apart, so that nothing is decided from it.
package struct History: Sendable, Hashable {
    package let goal: Goal
    /// The name of the study's own metric; nil: nothing here asks for it.
    package let metric: String?
    /// What counts besides the study's own metric; none: nothing.
    package let otherMetrics: [Metric]
    /// Limits on what trials report, by the figure's name.
    package let constraints: [String: Limits]
    /// The search's, by rising number: from 0, and without gaps as long as none is searched after a confirmation.
    package var trials: [Trial]
    /// Those that confirm a configuration, by rising number. All trials of a study are numbered in one row.
    package private(set) var confirmations: [Trial] = []

    /// - Parameter trials: of whatever purpose, by rising number.
    package init(
        goal: Goal, metric: String? = nil, otherMetrics: [Metric] = [], constraints: [String: Limits] = [:],
        trials: [Trial] = []
    ) {
        self.goal = goal
        self.metric = metric
        self.otherMetrics = otherMetrics
        self.constraints = constraints
        guard trials.contains(where: \.confirms) else {
            self.trials = trials
            return
        }
        self.trials = trials.filter { !$0.confirms }
        confirmations = trials.filter(\.confirms)
    }

    package subscript(id: Trial.ID) -> Trial {
        get {
            if let place = Self.place(of: id, in: trials) { return trials[place] }
            return confirmations[Self.place(of: id, in: confirmations) ?? id.number]
        }
        // In place: a copy of a trial's reports for each change would tell.
        _modify {
            if let place = Self.place(of: id, in: trials) {
                yield &trials[place]
            } else {
                yield &confirmations[Self.place(of: id, in: confirmations) ?? id.number]
            }
        }
    }

    /// Adds a trial that is there now, under the number that comes next.
    package mutating func add(_ trial: Trial) {
        if trial.confirms { confirmations.append(trial) } else { trials.append(trial) }
    }

    /// The next trial's.
    package var nextID: Trial.ID {
        Trial.ID(max(trials.last?.id.number ?? -1, confirmations.last?.id.number ?? -1) + 1)
    }

    package func contains(_ id: Trial.ID) -> Bool {
        Self.place(of: id, in: trials) != nil || Self.place(of: id, in: confirmations) != nil
    }

    /// A trial of the search as those are counted, whatever confirmations lie between them: brackets are filled by it.
    package func ordinal(of id: Trial.ID) -> Trial.ID { Trial.ID(Self.place(of: id, in: trials) ?? trials.count) }

    private static func place(of id: Trial.ID, in trials: [Trial]) -> Int? {
        // As long as there are no gaps the number is the place.
        if trials.indices.contains(id.number), trials[id.number].id == id { return id.number }
        var (low, high) = (0, trials.count)
        while low < high {
            let middle = (low + high) / 2
            if trials[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < trials.count && trials[low].id == id ? low : nil
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
