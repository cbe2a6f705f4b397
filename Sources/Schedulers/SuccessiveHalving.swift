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
    /// One after the other, and then again from the first.
    package let brackets: [Bracket]
    private let memory = BracketMemory()

    /// Some trials in a row, compared among themselves.
    package struct Bracket: Sendable, Hashable {
        package let size: Int
        /// Rising; none: every trial goes on to the maximum.
        package let milestones: [Int]
    }

    package init(_ rungs: EarlyTermination.Rungs, runCap: Int) {
        // As many as leave one at the maximum.
        self.init(rungs, runCap: runCap, brackets: [Bracket(size: rungs.bracketSizes[0], milestones: rungs.milestones)])
    }

    init(_ rungs: EarlyTermination.Rungs, runCap: Int, brackets: [Bracket]) {
        self.rungs = rungs
        self.runCap = runCap
        self.brackets = brackets
    }

    package func firstMilestone(of id: Trial.ID) -> Int? { bracket(of: id).milestones.first ?? rungs.maximum }

    package func decide(_ id: Trial.ID, in history: History) -> Decision {
        rungs.decide(history[id], first: firstMilestone(of: history.ordinal(of: id)))
    }

    /// The bracket that a trial belongs to.
    package func bracket(of id: Trial.ID) -> Bracket {
        var rest = id.number
        if let cycle = cycle { rest %= cycle }
        for bracket in brackets {
            if rest < bracket.size { return bracket }
            rest -= bracket.size
        }
        return brackets[0]
    }

    /// Trials in all brackets together; nil: more than can be counted.
    private var cycle: Int? {
        var sum = 0
        for bracket in brackets {
            let (next, overflow) = sum.addingReportingOverflow(bracket.size)
            if overflow { return nil }
            sum = next
        }
        return sum
    }

    package var lastMilestone: Int? { rungs.maximum }

    package func promotion(in history: History) -> Promotion? {
        memory.first(in: history, filling: filled) { promotion(in: $0.bracket, $0.numbers, history: history) }
    }

    /// A bracket whose members have all been started: one that is still to be keeps its bracket's lowest rung open.
    typealias Filled = (bracket: Bracket, numbers: Range<Int>)

    /// The brackets that some trials fill, by number, those after a number of brackets that are known.
    ///
    /// - Parameter start: the trials that those fill.
    func filled(by trials: Int, after known: Int = 0, from start: Int = 0) -> [Filled] {
        var filled: [Filled] = []
        var start = start
        while start < trials {
            let bracket = brackets[(known + filled.count) % brackets.count]
            let size = min(bracket.size, max(runCap - start, 1))
            guard size <= trials - start else { break }
            filled.append((bracket, start..<(start + size)))
            start += size
        }
        return filled
    }

    /// Those that go on from a rung; nil: it is still open.
    func kept(of members: [Int], atRung rung: Int, isFirst: Bool, in history: History) -> [Int]? {
        let (count, trials) = (max(members.count / rungs.eta, isFirst ? 1 : 0), history.trials)
        // Where all have gone on already, ranking them again would only cost time.
        let wentOn = members.filter { trials[$0].wentOn(fromRung: rung) }
        if wentOn.count >= count { return wentOn }
        guard members.allSatisfy({ trials[$0].state.isFinal || trials[$0].isEntry(ofRung: rung) }) else {
            return nil
        }
        return Array(ranked(members, atRung: rung, in: history).prefix(count))
    }

    private func promotion(in bracket: Bracket, _ numbers: Range<Int>, history: History) -> Promotion? {
        var members = Array(numbers)
        for rung in bracket.milestones {
            guard let kept = kept(of: members, atRung: rung, isFirst: numbers.lowerBound == 0, in: history) else { return nil }
            members = kept
            if let next = members.first(where: { history.trials[$0].waits(atRung: rung) }) {
                return Promotion(trial: history.trials[next].id, milestone: rungs.next(after: rung))
            }
        }
        return nil
    }

    /// The rung's entries, best first, equals by number; those that have diverged or show no number are left out.
    private func ranked(_ members: [Int], atRung rung: Int, in history: History) -> [Int] {
        let entries = members.filter { history.trials[$0].isEntry(ofRung: rung) }
            .map { (number: $0, merit: history.standing(of: history.trials[$0], atReport: rung)) }
            .filter(\.merit.isNumber)
        return entries.sorted { a, b in
            if history.goal.prefers(a.merit, to: b.merit) { return true }
            return history.goal.prefers(b.merit, to: a.merit) ? false : a.number < b.number
        }.map(\.number)
    }
}
