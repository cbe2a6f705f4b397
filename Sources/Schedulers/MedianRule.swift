import SearchSpaces
package import Studies

/// The median stopping rule (Golovin et al., "Google Vizier", 2017): a trial stops when its best so far is worse than
/// the median of the others' best at the same report.
package struct MedianRule: Scheduler {
    /// Reports that every trial may make unweighed.
    package let warmUp: Int
    /// Others that must have come as far before anything is stopped.
    package let startUpTrials: Int

    package init(warmUp: Int = 0, startUpTrials: Int = 5) {
        self.warmUp = warmUp
        self.startUpTrials = max(startUpTrials, 1)
    }

    package func firstMilestone(of id: Trial.ID) -> Int? { nil }

    package func decide(_ id: Trial.ID, in history: History) -> Decision {
        let trial = history[id]
        guard let iter = trial.reports.last?.iter, iter > warmUp else { return .continue }
        let others = history.trials.filter { $0.id != id && $0.isEntry(ofRung: iter) }
        guard others.count >= startUpTrials else { return .continue }
        let ranked = others.ranked(atRung: iter, goal: history.goal)
        let median = Self.middle(ranked[(ranked.count - 1) / 2].value, ranked[ranked.count / 2].value)
        let best = trial.best(history.goal, upTo: iter)?.value ?? .nan
        return history.goal.prefers(median, to: best) ? .stop : .continue
    }

    package func promotion(in history: History) -> Promotion? { nil }

    /// Where one of the two in the middle is no number, the better one is.
    private static func middle(_ better: Double, _ worse: Double) -> Double {
        worse.isFinite && better.isFinite ? better + (worse - better) / 2 : better
    }
}
