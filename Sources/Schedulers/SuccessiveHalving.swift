package import SearchSpaces
package import Studies

/// Synchronous successive halving (Jamieson and Talwalkar, 2016) in brackets of eta^rungs trials by number.
///
/// A rung keeps its best 1/eta once every trial that is to reach it has, or has ended. The study's last bracket may be
/// smaller; the first one always keeps one, so that a small study too trains its best to the end.
package struct SuccessiveHalving: Scheduler {
    package let rungs: EarlyTermination.Rungs
    /// Trials in the whole study.
    package let runCap: Int

    package init(_ rungs: EarlyTermination.Rungs, runCap: Int) {
        self.rungs = rungs
        self.runCap = runCap
    }

    /// Trials in a whole bracket: as many as leave one at the maximum.
    package var bracketSize: Int {
        rungs.milestones.reduce(1) { size, _ in
            let (product, overflow) = size.multipliedReportingOverflow(by: rungs.eta)
            return overflow ? .max : product
        }
    }

    package func firstMilestone(of id: Trial.ID) -> Int? { rungs.first }

    package func decide(_ id: Trial.ID, in history: History) -> Decision { rungs.decide(history[id]) }

    package func promotion(in history: History) -> Promotion? {
        var start = 0
        while start < history.trials.count {
            let size = min(bracketSize, max(runCap - start, 1))
            let members = history.trials[start..<min(start + size, history.trials.count)]
            // Members that are still to be started keep the bracket's lowest rung open.
            if members.count == size, let promotion = promotion(in: Array(members), history: history, isFirst: start == 0) {
                return promotion
            }
            start += size
        }
        return nil
    }

    private func promotion(in bracket: [Trial], history: History, isFirst: Bool) -> Promotion? {
        var members = bracket
        for rung in rungs.milestones {
            guard members.allSatisfy({ $0.state.isFinal || $0.isEntry(ofRung: rung) }) else { return nil }
            let entries = members.filter { $0.isEntry(ofRung: rung) }
            let kept = max(members.count / rungs.eta, isFirst ? 1 : 0)
            let best = entries.ranked(atRung: rung, goal: history.goal).prefix(kept)
            members = best.filter { !$0.value.isNaN }.map(\.trial)
            if let next = members.first(where: { $0.waits(atRung: rung) }) {
                return Promotion(trial: next.id, milestone: rungs.next(after: rung))
            }
        }
        return nil
    }
}
