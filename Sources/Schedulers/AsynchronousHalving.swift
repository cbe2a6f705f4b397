package import SearchSpaces
package import Studies

/// ASHA, promotion variant (Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020).
///
/// Every trial pauses at each rung. A free worker looks from the top rung down for the best entry within the top 1/eta
/// of that rung's entries that was not promoted yet; else it starts a new configuration.
package struct AsynchronousHalving: Scheduler {
    package let rungs: EarlyTermination.Rungs

    package init(_ rungs: EarlyTermination.Rungs) {
        self.rungs = rungs
    }

    package func firstMilestone(of id: Trial.ID) -> Int? { rungs.first }

    package func decide(_ id: Trial.ID, in history: History) -> Decision { rungs.decide(history[id]) }

    package func promotion(in history: History) -> Promotion? {
        for rung in rungs.milestones.reversed() {
            let entries = history.trials.filter { $0.isEntry(ofRung: rung) }
            guard entries.contains(where: { $0.waits(atRung: rung) }) else { continue }
            let top = entries.ranked(atRung: rung, goal: history.goal).prefix(entries.count / rungs.eta)
            // A trial that has shown no number yet is never worth more reports.
            if let best = top.first(where: { $0.trial.waits(atRung: rung) && !$0.value.isNaN }) {
                return Promotion(trial: best.trial.id, milestone: rungs.next(after: rung))
            }
        }
        return nil
    }
}
