import SearchSpaces
package import Studies

/// The median stopping rule (Golovin et al., "Google Vizier", 2017): a trial stops when its best so far is worse than
/// the median of the others' best at the same report. One whose latest report is not finite counts as worse than any number.
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
        let own = history.standing(of: trial, atReport: iter)
        // The median need not be known, only whether it is better: who is better is counted, and of them the last and
        // of the others the first are kept, as an even number's median lies between the two.
        var (others, better) = (0, 0)
        var lastBetter: Merit?
        var firstOther: Merit?
        for other in history.trials where other.id != id && other.isEntry(ofRung: iter) {
            others += 1
            let merit = history.standing(of: other, atReport: iter)
            if history.goal.prefers(merit, to: own) {
                better += 1
                if lastBetter.map({ history.goal.prefers($0, to: merit) }) ?? true { lastBetter = merit }
            } else if firstOther.map({ history.goal.prefers(merit, to: $0) }) ?? true {
                firstOther = merit
            }
        }
        guard others >= startUpTrials else { return .continue }
        if 2 * better != others { return 2 * better > others ? .stop : .continue }
        guard let lastBetter, let firstOther else { return .continue }
        return history.goal.prefers(Self.middle(lastBetter, firstOther), to: own) ? .stop : .continue
    }

    package func promotion(in history: History) -> Promotion? { nil }

    /// Where one of the two is no number, or the worse one breaks a constraint further, the better one is.
    private static func middle(_ better: Merit, _ worse: Merit) -> Merit {
        guard worse.isNumber, better.isNumber, worse.violation == better.violation else { return better }
        return Merit(violation: better.violation, value: better.value + (worse.value - better.value) / 2)
    }
}
