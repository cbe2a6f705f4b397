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
    private var searched: [Trial]
    /// Those that confirm a configuration, by rising number. All trials of a study are numbered in one row.
    package private(set) var confirmations: [Trial] = []
    /// Which of the trials have changed: what is kept of a history is brought up to date by it.
    package private(set) var changes = ChangeLog()
    /// How many of the trials have a process.
    private var runningCount = 0

    /// - Parameter trials: of whatever purpose, by rising number.
    package init(
        goal: Goal, metric: String? = nil, otherMetrics: [Metric] = [], constraints: [String: Limits] = [:],
        trials: [Trial] = []
    ) {
        self.goal = goal
        self.metric = metric
        self.otherMetrics = otherMetrics
        self.constraints = constraints
        if trials.contains(where: \.confirms) {
            searched = trials.filter { !$0.confirms }
            confirmations = trials.filter(\.confirms)
        } else {
            searched = trials
        }
        runningCount = searched.count { $0.state == .running }
    }

    /// The search's, by rising number: from 0, and without gaps as long as none is searched after a confirmation.
    ///
    /// Whoever changes some here has all looked at again; a single one is changed by its number, and added by ``add(_:)``.
    package var trials: [Trial] {
        get { searched }
        _modify {
            defer {
                changes.noteAll()
                runningCount = searched.count { $0.state == .running }
            }
            yield &searched
        }
    }

    package subscript(id: Trial.ID) -> Trial {
        get {
            if let place = Self.place(of: id, in: searched) { return searched[place] }
            return confirmations[Self.place(of: id, in: confirmations) ?? id.number]
        }
        // In place: a copy of a trial's reports for each change would tell.
        _modify {
            if let place = Self.place(of: id, in: searched) {
                changes.note(place, of: searched.count)
                if searched[place].state == .running { runningCount -= 1 }
                defer { if searched[place].state == .running { runningCount += 1 } }
                yield &searched[place]
            } else {
                yield &confirmations[Self.place(of: id, in: confirmations) ?? id.number]
            }
        }
    }

    /// Adds a trial that is there now, under the number that comes next.
    package mutating func add(_ trial: Trial) {
        guard !trial.confirms else { return confirmations.append(trial) }
        searched.append(trial)
        changes.note(searched.count - 1, of: searched.count)
        if trial.state == .running { runningCount += 1 }
    }

    /// The next trial's.
    package var nextID: Trial.ID {
        Trial.ID(max(searched.last?.id.number ?? -1, confirmations.last?.id.number ?? -1) + 1)
    }

    package func contains(_ id: Trial.ID) -> Bool { place(of: id) != nil || Self.place(of: id, in: confirmations) != nil }

    /// Where among the search's trials one is; nil: it is none of them.
    package func place(of id: Trial.ID) -> Int? { Self.place(of: id, in: searched) }

    /// A trial of the search as those are counted, whatever confirmations lie between them: brackets are filled by it.
    package func ordinal(of id: Trial.ID) -> Trial.ID { Trial.ID(place(of: id) ?? searched.count) }

    /// Whether any of the search's trials has a process.
    package var isRunning: Bool { runningCount > 0 }

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
        for (index, trial) in searched.enumerated() where trial.state != .failed {
            let merit = merit(of: trial)
            guard merit.isNumber, merit.violation == 0 else { continue }
            if best.map({ goal.prefers(merit.value, to: $0.value) }) ?? true { best = (index, merit.value) }
        }
        guard let best, let report = searched[best.trial].best(goal) else { return nil }
        return (searched[best.trial], report)
    }
}
