import Schedulers
import SearchSpaces
import Studies
import Testing

struct AsynchronousHalvingTests {
    private let scheduler = AsynchronousHalving(EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9))

    /// Trials paused at the lowest rung.
    private func atFirstRung(_ values: [Double], goal: Goal = .maximize) -> History {
        History(
            goal: goal, trials: values.enumerated().map { .reporting([$0.element], number: $0.offset, milestone: 1) })
    }

    /// Has the promoted trial run to its milestone, every report the same.
    private func promote(_ history: inout History, value: Double) throws -> Promotion {
        let promotion = try #require(scheduler.promotion(in: history))
        let milestone = try #require(promotion.milestone)
        var trial = history[promotion.trial]
        for iter in (trial.reports.count + 1)...milestone { trial.reports.append(Report(iter: iter, value: value)) }
        trial.milestone = milestone
        trial.state = milestone == 9 ? .complete : .paused
        history[promotion.trial] = trial
        return promotion
    }

    @Test func `The best third of the lowest rung goes on, one after the other`() {
        var history = atFirstRung([0.5, 0.7])
        #expect(scheduler.promotion(in: history) == nil)
        history = atFirstRung([0.5, 0.7, 0.6])
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(1), milestone: 3))
        history.trials[1].milestone = 3
        history.trials[1].state = .running
        #expect(scheduler.promotion(in: history) == nil)
    }

    @Test func `One that ran out of memory is not promoted and takes no other's place`() {
        var history = atFirstRung([0.5, 0.7, 0.6, 0.4])
        history.trials[1].state = .pruned
        history.trials[1].outOfMemory = "out of memory"
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(2), milestone: 3))
        let rungs = EarlyTermination.Rungs(eta: 2, minimum: 1, maximum: 4)
        let halving = SuccessiveHalving(rungs, runCap: 4)
        #expect(halving.promotion(in: history) == Promotion(trial: Trial.ID(2), milestone: 2))
    }

    /// The paper's figure: nine configurations, eta 3, r 1, R 9, all nine at the lowest rung.
    @Test func `Of nine trials three reach the middle and one the top`() throws {
        var history = atFirstRung([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
        let promotions = try [
            promote(&history, value: 0.91), promote(&history, value: 0.95), promote(&history, value: 0.7),
            promote(&history, value: 0.96),
        ]
        #expect(promotions.map(\.trial.number) == [8, 7, 6, 7])
        #expect(promotions.map(\.milestone) == [3, 3, 3, 9])
        #expect(scheduler.promotion(in: history) == nil)
        #expect(history.trials.filter { $0.state == .complete }.map(\.id.number) == [7])
    }

    @Test func `The higher rung comes first`() {
        var history = atFirstRung([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
        for number in 0..<3 { history.trials[number] = .reporting([0.5, 0.5, 0.5], number: number, milestone: 3) }
        history.trials.append(.reporting([0.99], number: 9, milestone: 1))
        history.trials += (10..<12).map { .reporting([0.0], number: $0, milestone: 1) }
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(0), milestone: 9))
        history.trials[0].milestone = 9
        history.trials[0].state = .running
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(9), milestone: 3))
    }

    @Test func `A trial is weighed by its best up to the rung, not by what came later`() {
        let history = History(
            goal: .minimize,
            trials: [
                .reporting([3, 0, 0], number: 0, milestone: 3), .reporting([2], number: 1, milestone: 1),
                .reporting([4], number: 2, milestone: 1),
            ])
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(1), milestone: 3))
    }

    @Test func `A trial that went on and one that ended by itself keep their places in the rung`() {
        var history = atFirstRung([0.9, 0.8, 0.7])
        history.trials[0].state = .complete
        #expect(scheduler.promotion(in: history) == nil)
        history.trials[0].state = .running
        history.trials[0].milestone = 3
        #expect(scheduler.promotion(in: history) == nil)
        history.trials[0].state = .failed
        #expect(scheduler.promotion(in: history) == nil)
        history.trials.append(.reporting([0.1], number: 3, milestone: 1))
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(1), milestone: 3))
    }

    @Test func `Without a number nothing is promoted`() {
        #expect(scheduler.promotion(in: atFirstRung([.nan, .nan, .nan])) == nil)
        #expect(scheduler.promotion(in: atFirstRung([.nan, 0.1, .nan])) == Promotion(trial: Trial.ID(1), milestone: 3))
        #expect(scheduler.promotion(in: atFirstRung([.nan, -.infinity, .infinity])) == nil)
    }

    @Test func `Of equals the first goes on`() {
        #expect(scheduler.promotion(in: atFirstRung([1, 1, 1]))?.trial == Trial.ID(0))
    }
}
