import Schedulers
import SearchSpaces
import Studies
import Testing

/// Brackets of nine: eta 3, from 1 to 9 reports.
struct SuccessiveHalvingTests {
    private let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)

    private func history(_ values: [Double]) -> History {
        History(
            goal: .minimize, trials: values.enumerated().map { .reporting([$0.element], number: $0.offset, milestone: 1) })
    }

    /// Promotes, and has each promoted trial run to its milestone, until nothing goes on.
    private func play(_ history: inout History, runCap: Int) -> [[Int]] {
        let scheduler = SuccessiveHalving(rungs, runCap: runCap)
        var promotions: [[Int]] = []
        while let promotion = scheduler.promotion(in: history), promotions.count < 50 {
            let milestone = promotion.milestone ?? 0
            promotions.append([promotion.trial.number, milestone])
            let value = history[promotion.trial].reports[0].value
            history[promotion.trial] = .reporting(
                Array(repeating: value, count: milestone), number: promotion.trial.number,
                state: milestone == 9 ? .complete : .paused, milestone: milestone)
        }
        return promotions
    }

    @Test func `Nine trials leave three, then one`() {
        var history = history([5, 4, 9, 1, 8, 7, 2, 6, 3])
        #expect(play(&history, runCap: 9) == [[3, 3], [6, 3], [8, 3], [3, 9]])
    }

    @Test func `Nothing goes on before the whole rung is there`() {
        let scheduler = SuccessiveHalving(rungs, runCap: 18)
        var history = history([5, 4, 9, 1, 8, 7, 2, 6])
        #expect(scheduler.promotion(in: history) == nil)
        history.trials.append(.reporting([], number: 8, state: .running, milestone: 1))
        #expect(scheduler.promotion(in: history) == nil)
        history.trials[8].state = .waiting
        #expect(scheduler.promotion(in: history) == nil)
        history.trials[8].state = .failed
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(3), milestone: 3))
    }

    @Test func `The middle rung waits for all that were promoted to it`() {
        let scheduler = SuccessiveHalving(rungs, runCap: 9)
        var history = history([1, 2, 3, 4, 5, 6, 7, 8, 9])
        history.trials[0] = .reporting([1, 1, 1], number: 0, milestone: 3)
        history.trials[1] = .reporting([2, 2, 2], number: 1, milestone: 3)
        history.trials[2] = .reporting([3, 3], number: 2, state: .running, milestone: 3)
        #expect(scheduler.promotion(in: history) == nil)
        history.trials[2] = .reporting([3, 3, 0], number: 2, milestone: 3)
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(2), milestone: 9))
    }

    @Test func `The place of one that a request took out goes to the next, before its promotion and after`() {
        let scheduler = SuccessiveHalving(rungs, runCap: 9)
        var history = history([1, 2, 3, 4, 5, 6, 7, 8, 9])
        (history.trials[0].state, history.trials[0].prunedBy) = (.pruned, 1)
        #expect(scheduler.promotion(in: history)?.trial == Trial.ID(1))
        var promoted = play(&history, runCap: 9)
        #expect(promoted == [[1, 3], [2, 3], [3, 3], [1, 9]])
        history = self.history([1, 2, 3, 4, 5, 6, 7, 8, 9])
        history.trials[0] = .reporting([1, 1], number: 0, state: .pruned, milestone: 3)
        history.trials[0].prunedBy = 1
        promoted = play(&history, runCap: 9)
        #expect(promoted == [[1, 3], [2, 3], [3, 3], [1, 9]])
    }

    @Test func `The place of a promoted trial that failed goes to the next`() {
        let scheduler = SuccessiveHalving(rungs, runCap: 9)
        var history = history([1, 2, 3, 4, 5, 6, 7, 8, 9])
        for number in 0..<2 { history.trials[number] = .reporting([1, 1, 1], number: number, milestone: 3) }
        history.trials[2] = .reporting([3, 3], number: 2, state: .failed, milestone: 3)
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(3), milestone: 3))
    }

    @Test func `A trial that ended by itself before a rung is no entry of it`() {
        let scheduler = SuccessiveHalving(rungs, runCap: 9)
        var history = history([1, 2, 3, 4, 5, 6, 7, 8, 9])
        history.trials[0] = .reporting([1, 0], number: 0, state: .complete, milestone: 3)
        for number in 1..<3 { history.trials[number] = .reporting([2, 2, 2], number: number, milestone: 3) }
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(1), milestone: 9))
    }

    @Test func `Each bracket is by itself, and the last one may be smaller`() {
        var history = history([9, 8, 7, 6, 5, 4, 3, 2, 1] + [0.3, 0.2, 0.1, 0.4])
        #expect(play(&history, runCap: 13) == [[8, 3], [7, 3], [6, 3], [8, 9], [11, 3]])
    }

    @Test func `A study smaller than a bracket still trains its best to the end`() {
        var history = history([2, 1])
        #expect(play(&history, runCap: 2) == [[1, 3], [1, 9]])
        var later = self.history([5, 4, 9, 1, 8, 7, 2, 6, 3, 0])
        #expect(!play(&later, runCap: 10).contains { $0[0] == 9 })
    }

    @Test func `Without a number nothing is promoted`() {
        var none = history(Array(repeating: .nan, count: 9))
        #expect(play(&none, runCap: 9) == [])
        var some = history([.nan, .nan, 4, .nan, .nan, .nan, 3, .nan, .nan])
        #expect(play(&some, runCap: 9) == [[6, 3], [2, 3], [6, 9]])
    }

    @Test func `A bracket is as large as leaves one at the top`() {
        #expect(SuccessiveHalving(rungs, runCap: 1).brackets[0].size == 9)
        #expect(SuccessiveHalving(.init(eta: 2, minimum: 1, maximum: 20), runCap: 1).brackets[0].size == 32)
        #expect(SuccessiveHalving(.init(eta: 4, minimum: 5, maximum: 5), runCap: 1).brackets[0].size == 1)
    }
}
