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
        rungs.decide(history[id], first: firstMilestone(of: id))
    }

    /// By the golden ratio, so that the first trials, however many, are spread over the brackets as all are.
    package func bracket(of id: Trial.ID) -> Int {
        guard shares.count > 1 else { return 0 }
        let (_, place) = modf(Double(id.number) * 0.618_033_988_749_894_9)
        return shares.firstIndex { place < $0 } ?? shares.count - 1
    }

    package func promotion(in history: History) -> Promotion? {
        var deepest = 0
        for index in history.trials.indices where history.trials[index].state == .paused {
            deepest = max(deepest, history.trials[index].reports.last?.iter ?? 0)
        }
        for rung in milestones.reversed() where rung <= deepest {
            for bracket in shares.indices.prefix(milestones.count) where milestones[bracket] <= rung {
                guard let trial = promotable(atRung: rung, of: bracket, in: history) else { continue }
                return Promotion(trial: trial, milestone: rungs.next(after: rung))
            }
        }
        return nil
    }

    /// The best that waits at a rung, where it is among the bracket's best 1/eta there: two passes instead of a ranking,
    /// as this is asked whenever a worker is free.
    private func promotable(atRung rung: Int, of bracket: Int, in history: History) -> Trial.ID? {
        var entries = 0
        var best: (index: Int, merit: Merit)?
        for index in history.trials.indices where isEntry(index, ofRung: rung, in: bracket, history) {
            entries += 1
            guard history.trials[index].waits(atRung: rung) else { continue }
            let merit = history.merit(of: history.trials[index], upTo: rung)
            // A trial that has shown no number yet is never worth more reports.
            if !merit.value.isNaN, best.map({ history.goal.prefers(merit, to: $0.merit) }) ?? true { best = (index, merit) }
        }
        guard let best, entries >= rungs.eta else { return nil }
        var better = 0
        for index in history.trials.indices where isEntry(index, ofRung: rung, in: bracket, history) {
            let merit = history.merit(of: history.trials[index], upTo: rung)
            let isBetter =
                index < best.index ? !history.goal.prefers(best.merit, to: merit) : history.goal.prefers(merit, to: best.merit)
            if isBetter { better += 1 }
            if better >= entries / rungs.eta { return nil }
        }
        return Trial.ID(best.index)
    }

    private func isEntry(_ index: Int, ofRung rung: Int, in bracket: Int, _ history: History) -> Bool {
        history.trials[index].isEntry(ofRung: rung)
            && (shares.count == 1 || self.bracket(of: Trial.ID(index)) == bracket)
    }
}
