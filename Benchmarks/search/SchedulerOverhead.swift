import Glibc
import Schedulers
import SearchSpaces
import Strategies
import Studies

/// How long a suggestion and the choice of a promotion take in a study whose trials pause at rungs, as it grows.
struct SchedulerOverhead {
    let method: Method
    let trials: Int
    let termination: EarlyTermination

    private static let marks = [50, 100, 200, 500, 1000, 2000, 5000, 10000]
    /// Reports of a full trial.
    static let length = 8

    /// One JSON line a mark: medians and means, in milliseconds, of what was asked for since the mark before. `trial` is all of it
    /// together, divided by the new trials: the longest waits count as often as they come.
    func run() throws {
        var suggester = try Suggester(specification: specification(.lora, method: method, seed: 1))
        let scheduler = makeScheduler(termination, runCap: trials)
        var history = History(goal: .minimize)
        var (suggestions, promotions): ([Double], [Double]) = ([], [])
        while history.trials.count < trials {
            var promotion: Promotion?
            promotions.append(Self.milliseconds { promotion = scheduler.promotion(in: history) })
            if let promotion {
                train(&history[promotion.trial], to: promotion.milestone)
                continue
            }
            var suggestion = Suggestion.exhausted("")
            suggestions.append(Self.milliseconds { suggestion = suggester.suggest(after: history) })
            guard case .assignment(let assignment, refused: _) = suggestion else { break }
            let id = Trial.ID(history.trials.count)
            history.add(Trial(id: id, assignment: assignment, state: .running, launches: 1))
            train(&history[id], to: scheduler.firstMilestone(of: id))
            guard Self.marks.contains(history.trials.count) else { continue }
            print(line(after: history.trials.count, suggestions, promotions))
            (suggestions, promotions) = ([], [])
        }
    }

    /// Of the processor, so that what else runs on the machine counts little.
    private static func milliseconds(_ work: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
        }
        let start = now()
        work()
        return now() - start
    }

    /// The fewer reports, the farther a loss is from what it comes to, and the noisier.
    private func train(_ trial: inout Trial, to milestone: Int?) {
        let end = min(milestone ?? Self.length, Self.length)
        let value = Problem.lora.value(trial.assignment)
        for iter in (trial.reports.count + 1)...end {
            var noise = SeededGenerator(trial.id.number, iter)
            let rest = 1 - Double(iter) / Double(Self.length)
            trial.reports.append(Report(iter: iter, value: value + rest + 0.1 * rest * noise.gaussian()))
        }
        (trial.milestone, trial.state) = (milestone, end == Self.length ? .complete : .paused)
    }

    private func line(after count: Int, _ suggestions: [Double], _ promotions: [Double]) -> String {
        let cells = [("suggestion", suggestions), ("promotion", promotions)].map { name, values in
            "\"\(name)\": [\(values.sorted()[values.count / 2]), \(values.reduce(0, +) / Double(values.count))]"
        }
        let each = (suggestions.reduce(0, +) + promotions.reduce(0, +)) / Double(suggestions.count)
        return "{\"method\": \"\(method.rawValue)\", \"after\": \(count), \(cells.joined(separator: ", ")), \"trial\": \(each)}"
    }
}
