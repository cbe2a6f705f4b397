import SearchSpaces
import Studies

/// What the halving schedulers share. A trial that was promoted beyond a rung has a milestone beyond it.
extension EarlyTermination.Rungs {
    /// Where a trial that goes on beyond a rung is weighed next; nil: it goes on to its own end.
    func next(after rung: Int) -> Int? { milestones.first { $0 > rung } ?? maximum }

    /// Looks at the trial alone, so that a controller that died in between comes to the same answer.
    ///
    /// - Parameter first: where the trial was to be weighed first.
    func decide(_ trial: Trial, first: Int?) -> Decision {
        let iter = trial.iter
        if iter >= maximum ?? .max { return .complete }
        return iter >= trial.milestone ?? first ?? .max ? .pause : .continue
    }

    /// The trials that begin at each of the rungs, the lowest first, the maximum last: Hyperband's n for s = s_max, ..., 0,
    /// which has each of its brackets cost about the same.
    var bracketSizes: [Int] {
        let most = milestones.count
        return (0...most).reversed().map { s in
            var size = 1
            for _ in 0..<s {
                let (product, overflow) = size.multipliedReportingOverflow(by: eta)
                size = overflow ? .max : product
            }
            let (share, overflow) = size.multipliedReportingOverflow(by: most + 1)
            return overflow ? size : share / (s + 1) + (share % (s + 1) == 0 ? 0 : 1)
        }
    }
}

extension Trial {
    /// Whether it stands in the comparison at a rung: it made that many reports and can go on from there.
    func isEntry(ofRung rung: Int) -> Bool { !isOut && iter >= rung }

    /// Whether it waits at a rung to be promoted from there.
    func waits(atRung rung: Int) -> Bool { state == .paused && milestone ?? rung <= rung && isEntry(ofRung: rung) }

    /// Whether it was promoted from a rung and has neither failed nor run out of memory since.
    func wentOn(fromRung rung: Int) -> Bool { !isOut && milestone ?? 0 > rung }
}
