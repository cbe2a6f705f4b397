import Glibc
package import SearchSpaces
package import Studies

/// ASHA, promotion variant (Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020).
///
/// Every trial pauses at each rung. A free worker looks from the top rung down for the best entry within the top 1/eta
/// of that rung's entries that was not promoted yet; else it starts a new configuration. With several brackets, trials
/// begin at different rungs, in Hyperband's proportions, and are compared within their own bracket.
package struct AsynchronousHalving: Scheduler {
    package let rungs: EarlyTermination.Rungs
    private let milestones: [Int]
    /// The share of trials in the brackets up to each, the last 1; bracket b leaves out the b lowest rungs.
    private let shares: [Double]

    var brackets: Int { shares.count }

    package init(_ rungs: EarlyTermination.Rungs, brackets: Int = 1) {
        self.rungs = rungs
        milestones = rungs.milestones
        let sizes = rungs.bracketSizes.prefix(max(brackets, 1)).map(Double.init)
        let total = sizes.reduce(0, +)
        shares = sizes.indices.map { sizes[...$0].reduce(0, +) / total }
    }

    package func firstMilestone(of id: Trial.ID) -> Int? {
        milestones.dropFirst(bracket(of: id)).first ?? rungs.maximum
    }

    package func decide(_ id: Trial.ID, in history: History) -> Decision {
        rungs.decide(history[id], first: firstMilestone(of: history.ordinal(of: id)))
    }

    /// By the golden ratio, so that the first trials, however many, are spread over the brackets as all are.
    package func bracket(of id: Trial.ID) -> Int {
        guard shares.count > 1 else { return 0 }
        let (_, place) = modf(Double(id.number) * 0.618_033_988_749_894_9)
        return shares.firstIndex { place < $0 } ?? shares.count - 1
    }

    package var lastMilestone: Int? { rungs.maximum }

    package func promotion(in history: History) -> Promotion? {
        let entries = entries(in: history)
        for rung in milestones.indices.reversed() {
            for bracket in 0..<min(shares.count, rung + 1) {
                guard let trial = promotable(among: entries[rung][bracket], history.goal) else { continue }
                return Promotion(trial: trial, milestone: rungs.next(after: milestones[rung]))
            }
        }
        return nil
    }

    /// A trial as it stands at a rung that it has come to.
    struct Entry {
        let id: Trial.ID
        let merit: Merit
        let waits: Bool
    }

    /// By rung, then by bracket, in one walk over the trials: this is asked whenever a worker is free.
    func entries(in history: History) -> [[[Entry]]] {
        var entries = [[[Entry]]](repeating: Array(repeating: [], count: shares.count), count: milestones.count)
        for (place, trial) in history.trials.enumerated() where !trial.isOut && !trial.reports.isEmpty {
            let bracket = bracket(of: Trial.ID(place))
            for rung in milestones.indices.dropFirst(bracket) {
                let milestone = milestones[rung]
                guard trial.isEntry(ofRung: milestone) else { break }
                entries[rung][bracket].append(
                    Entry(
                        id: trial.id, merit: history.standing(of: trial, atReport: milestone),
                        waits: trial.waits(atRung: milestone)))
            }
        }
        return entries
    }

    /// The best that waits, where it is among the best 1/eta of its bracket at the rung; equals by number.
    private func promotable(among entries: [Entry], _ goal: Goal) -> Trial.ID? {
        var best: Entry?
        // A trial that has shown no number yet, or has diverged, is never worth more reports.
        for entry in entries where entry.waits && entry.merit.isNumber {
            if best.map({ goal.prefers(entry.merit, to: $0.merit) }) ?? true { best = entry }
        }
        guard let best else { return nil }
        let better = entries.count { isBetter($0, best, goal) }
        return better < entries.count / rungs.eta ? best.id : nil
    }

    /// Equals by number, those without a number last.
    func isBetter(_ a: Entry, _ b: Entry, _ goal: Goal) -> Bool {
        if goal.prefers(a.merit, to: b.merit) { return true }
        return goal.prefers(b.merit, to: a.merit) ? false : a.id < b.id
    }
}
