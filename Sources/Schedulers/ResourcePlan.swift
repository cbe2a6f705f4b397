package import SearchSpaces
import Studies

/// What a scheduler will spend, told before anything runs: how many trials reach which rung.
///
/// It is found by playing the study with the very scheduler, on trials of random quality that keep the order they show
/// first. The synchronous schedulers' counts come out the same whatever the trials' values are, as long as none fails
/// or ends by itself; asynchronous ones' vary a little with the order in which good trials turn up.
package struct ResourcePlan: Sendable, Hashable {
    package struct Rung: Sendable, Hashable {
        /// In reports.
        package let reports: Int
        /// How many trials make at least as many.
        package let trials: Int
    }

    /// By rising reports, the last one the end of a full trial.
    package let rungs: [Rung]
    /// Whether the counts hold exactly, failures aside.
    package let isExact: Bool
    /// The most trials that wait for a promotion, and may yet get one, at the same time.
    package let mostWaiting: Int

    /// - Parameters:
    ///   - reports: of a full trial, where its program ends by itself; nil: not known.
    ///   - runCap: trials in the whole study.
    /// - Returns: nil where a plan cannot be told: by the median rule it is the values that decide, and without any
    ///   maximum nobody knows where a trial ends.
    package init?(_ termination: EarlyTermination, runCap: Int, reports: Int?) {
        guard let ladder = termination.rungs else {
            guard termination == .none, let reports else { return nil }
            rungs = [Rung(reports: reports, trials: runCap)]
            (isExact, mostWaiting) = (true, 0)
            return
        }
        guard let length = [ladder.maximum, reports].compactMap(\.self).min() else { return nil }
        let played = min(runCap, Self.mostPlayed)
        let (counts, waiting) = Self.play(makeScheduler(termination, runCap: played), trials: played, length: length)
        func scaled(_ count: Int) -> Int { count * (runCap / played) + count * (runCap % played) / played }
        mostWaiting = scaled(waiting)
        let ends = ladder.milestones.filter { $0 < length } + [length]
        rungs = ends.map { end in
            let count = counts.count { $0 >= end }
            return Rung(reports: end, trials: scaled(count))
        }
        isExact = !termination.isAsynchronous && played == runCap && ladder.maximum != nil
    }

    /// Reports of all trials together.
    package var totalReports: Int { total { $0 } }

    /// A sum over all trials of what a trial has cost by a report, steps say.
    package func total(_ cost: (Int) -> Int) -> Int {
        var (sum, spent) = (0, 0)
        for rung in rungs {
            sum += rung.trials * (cost(rung.reports) - spent)
            spent = cost(rung.reports)
        }
        return sum
    }

    /// Beyond it the counts are scaled up: nobody waits for a plan.
    private static let mostPlayed = 1000

    /// The reports that each of some trials makes, one worker working, and the most that wait at once.
    private static func play(_ scheduler: any Scheduler, trials count: Int, length: Int) -> (reports: [Int], waiting: Int) {
        var history = History(goal: .minimize)
        var generator = SeededGenerator(seed: 1)
        var (waiting, launches) = (0, 0)
        func run(_ id: Trial.ID, to milestone: Int?, value: Double) {
            // One report at the rung's iter stands for all up to it: the best up to a rung is the same.
            let end = min(milestone ?? length, length)
            history[id].milestone = milestone
            history[id].reports.append(Report(iter: end, value: value))
            history[id].state = end == length ? .complete : .paused
            launches += 1
            guard launches % (count / 64 + 1) == 0 else { return }
            waiting = max(
                waiting, history.trials.count { $0.state == .paused } - scheduler.eliminated(in: history, runCap: count).count)
        }
        let plan = LaunchPlan(runCap: count, history: history)
        while true {
            switch plan.next(after: history, by: scheduler, suggest: { _ in .assignment([:], refused: 0) }) {
            case .goOn(let id, let milestone): run(id, to: milestone, value: history[id].reports[0].value)
            case .start(let trial, let milestone, _):
                history.add(trial)
                run(trial.id, to: milestone, value: generator.unit())
            case .ranOut, .wait: return (history.trials.map { $0.reports.last?.iter ?? 0 }, waiting)
            }
        }
    }
}
