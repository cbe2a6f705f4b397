import SearchSpaces
import Studies

/// What the halving schedulers share. A trial that was promoted beyond a rung has a milestone beyond it.
extension EarlyTermination.Rungs {
    /// Where a new trial is weighed first.
    var first: Int { milestones.first ?? maximum }

    /// Where a trial that goes on beyond a rung is weighed next.
    func next(after rung: Int) -> Int { milestones.first { $0 > rung } ?? maximum }

    /// Looks at the trial alone, so that a controller that died in between comes to the same answer.
    func decide(_ trial: Trial) -> Decision {
        let iter = trial.reports.last?.iter ?? 0
        if iter >= maximum { return .complete }
        return iter >= trial.milestone ?? first ? .pause : .continue
    }
}

extension Trial {
    /// Whether it stands in the comparison at a rung: it made that many reports and has not failed.
    func isEntry(ofRung rung: Int) -> Bool { state != .failed && reports.last?.iter ?? 0 >= rung }

    /// Whether it waits at a rung to be promoted from there.
    func waits(atRung rung: Int) -> Bool { state == .paused && milestone ?? rung <= rung && isEntry(ofRung: rung) }
}

extension [Trial] {
    /// Best first by the best report up to a rung; equals by number; those without a number last.
    func ranked(atRung rung: Int, goal: Goal) -> [(trial: Trial, value: Double)] {
        let entries = map { (trial: $0, value: $0.best(goal, upTo: rung)?.value ?? .nan) }
        return entries.sorted { a, b in
            if goal.prefers(a.value, to: b.value) { return true }
            return goal.prefers(b.value, to: a.value) ? false : a.trial.id < b.trial.id
        }
    }
}
