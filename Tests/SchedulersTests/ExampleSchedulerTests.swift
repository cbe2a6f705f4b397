import Schedulers
import SearchSpaces
import Studies
import Testing

/// Stops a trial that has not become better for some reports.
///
/// The scheduler of docs/extending.md: it looks at one trial alone, and pauses none.
private struct Patience: Scheduler {
    let reports: Int

    func firstMilestone(of id: Trial.ID) -> Int? { nil }

    func promotion(in history: History) -> Promotion? { nil }

    func decide(_ id: Trial.ID, in history: History) -> Decision {
        let trial = history[id]
        guard let last = trial.reports.last, let best = trial.best(history.goal) else { return .continue }
        return last.iter - best.iter >= reports ? .stop : .continue
    }
}

struct ExampleSchedulerTests {
    private func decision(_ values: [Double], goal: Goal) -> Decision {
        let trial = Trial.reporting(values, number: 0, state: .running)
        return Patience(reports: 2).decide(trial.id, in: History(goal: goal, trials: [trial]))
    }

    @Test func `a scheduler is one file: the history in, a decision out`() {
        #expect(decision([0.5, 0.6, 0.7], goal: .maximize) == .continue)
        #expect(decision([0.5, 0.6, 0.6, 0.5], goal: .maximize) == .stop)
        #expect(decision([0.5, 0.6, 0.7], goal: .minimize) == .stop)
        #expect(decision([0.5], goal: .minimize) == .continue)
    }
}
