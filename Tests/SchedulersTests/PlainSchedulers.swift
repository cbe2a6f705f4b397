import SearchSpaces
import Studies

@testable import Schedulers

/// What the schedulers decide, told by looking at every trial each time: slow, and plain to see.
enum PlainSchedulers {
    private typealias Entry = (place: Int, merit: Merit, waits: Bool)

    /// The trials of a bracket that have come to a rung.
    private static func entries(_ scheduler: AsynchronousHalving, rung: Int, bracket: Int, in history: History) -> [Entry] {
        let milestone = scheduler.rungs.milestones[rung]
        return history.trials.indices.compactMap { place in
            let trial = history.trials[place]
            guard scheduler.bracket(of: Trial.ID(place)) == bracket, rung >= bracket, !trial.isOut, trial.iter >= milestone
            else {
                return nil
            }
            let waits = trial.state == .paused && trial.milestone ?? milestone <= milestone
            return (place, history.standing(of: trial, atReport: milestone), waits)
        }
    }

    private static func isBetter(_ a: Entry, _ b: Entry, _ goal: Goal) -> Bool {
        if goal.prefers(a.merit, to: b.merit) { return true }
        return goal.prefers(b.merit, to: a.merit) ? false : a.place < b.place
    }

    static func promotion(_ scheduler: AsynchronousHalving, in history: History) -> Promotion? {
        let milestones = scheduler.rungs.milestones
        for rung in milestones.indices.reversed() {
            for bracket in 0..<scheduler.brackets {
                let entries = entries(scheduler, rung: rung, bracket: bracket, in: history)
                let waiting = entries.filter { $0.waits && $0.merit.isNumber }
                guard let best = waiting.min(by: { isBetter($0, $1, history.goal) }) else { continue }
                let better = entries.count { isBetter($0, best, history.goal) }
                guard better < entries.count / scheduler.rungs.eta else { continue }
                let next = milestones.dropFirst(rung + 1).first ?? scheduler.rungs.maximum
                return Promotion(trial: history.trials[best.place].id, milestone: next)
            }
        }
        return nil
    }

    static func eliminated(_ scheduler: AsynchronousHalving, in history: History, runCap: Int) -> [Trial.ID] {
        let numbers = 0..<max(runCap, history.trials.count)
        return scheduler.rungs.milestones.indices.flatMap { rung in
            (0..<scheduler.brackets).flatMap { bracket in
                let size = numbers.count { scheduler.bracket(of: Trial.ID($0)) == bracket }
                return entries(scheduler, rung: rung, bracket: bracket, in: history).sorted { isBetter($0, $1, history.goal) }
                    .enumerated().filter { rank, entry in
                        entry.waits && (!entry.merit.isNumber || rank >= size / scheduler.rungs.eta)
                    }.map { history.trials[$0.element.place].id }
            }
        }
    }

    static func decision(_ rule: MedianRule, on id: Trial.ID, in history: History) -> Decision {
        guard let iter = history[id].reports.last?.iter, iter > rule.warmUp else { return .continue }
        let own = history.standing(of: history[id], atReport: iter)
        let others = history.trials.filter { $0.id != id && !$0.isOut && $0.iter >= iter }
            .map { history.standing(of: $0, atReport: iter) }
            .sorted { history.goal.prefers($0, to: $1) }
        guard others.count >= rule.startUpTrials else { return .continue }
        let (low, high) = (others[(others.count - 1) / 2], others[others.count / 2])
        var median = low
        if low.isNumber, high.isNumber, low.violation == high.violation {
            median = Merit(violation: low.violation, value: low.value + (high.value - low.value) / 2)
        }
        return history.goal.prefers(median, to: own) ? .stop : .continue
    }

    /// One bracket after the other, each looked at from its lowest rung up.
    static func promotion(_ scheduler: SuccessiveHalving, in history: History) -> Promotion? {
        let trials = history.trials
        var (start, count) = (0, 0)
        while start < trials.count {
            let bracket = scheduler.brackets[count % scheduler.brackets.count]
            let size = min(bracket.size, max(scheduler.runCap - start, 1))
            guard start + size <= trials.count else { return nil }
            var members = Array(start..<(start + size))
            for (index, rung) in bracket.milestones.enumerated() {
                let wanted = max(members.count / scheduler.rungs.eta, start == 0 ? 1 : 0)
                let wentOn = members.filter { !trials[$0].isOut && trials[$0].milestone ?? 0 > rung }
                if wentOn.count >= wanted {
                    members = wentOn
                } else {
                    guard members.allSatisfy({ trials[$0].state.isFinal || !trials[$0].isOut && trials[$0].iter >= rung })
                    else {
                        break
                    }
                    let merits = members.filter { !trials[$0].isOut && trials[$0].iter >= rung }
                        .map { (place: $0, merit: history.standing(of: trials[$0], atReport: rung)) }.filter(\.merit.isNumber)
                    members = merits.sorted { a, b in
                        if history.goal.prefers(a.merit, to: b.merit) { return true }
                        return history.goal.prefers(b.merit, to: a.merit) ? false : a.place < b.place
                    }.prefix(wanted).map(\.place)
                }
                let next = bracket.milestones.dropFirst(index + 1).first ?? scheduler.rungs.maximum
                if let place = members.first(where: { place in
                    let trial = trials[place]
                    return trial.state == .paused && trial.milestone ?? rung <= rung && !trial.isOut && trial.iter >= rung
                }) {
                    return Promotion(trial: trials[place].id, milestone: next)
                }
            }
            start += size
            count += 1
        }
        return nil
    }
}
