import Schedulers
import SearchSpaces
import Studies
import Testing

struct AsynchronousHalvingTests {
    private let scheduler = AsynchronousHalving(EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9))

    private func paused(_ number: Int, _ values: Double..., milestone: Int) -> Trial {
        let reports = values.enumerated().map { Report(iter: $0.offset + 1, value: $0.element) }
        return Trial(id: Trial.ID(number), assignment: [:], state: .paused, reports: reports, milestone: milestone)
    }

    @Test func `The best third of the lowest rung goes on, one after the other`() {
        var history = History(goal: .maximize, trials: [paused(0, 0.5, milestone: 1), paused(1, 0.7, milestone: 1)])
        #expect(scheduler.promotion(in: history) == nil)
        history.trials.append(paused(2, 0.6, milestone: 1))
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(1), milestone: 3))
        history.trials[1].milestone = 3
        history.trials[1].state = .running
        #expect(scheduler.promotion(in: history) == nil)
    }
}
