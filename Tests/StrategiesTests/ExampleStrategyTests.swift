import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

/// Points on the golden ratio's sequence, parameter by parameter: an even spread in one dimension (Schretter et al. 2016).
///
/// The strategy of docs/extending.md: it needs nothing but how many trials there were.
private struct GoldenSequence: Strategy {
    let repeats = true

    func suggest(
        after past: Observations, accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator
    ) -> Point? {
        for attempt in 0..<100 {
            let step = Double(past.count + 1 + attempt) * 0.618_033_988_749_895
            let point = past.coding.point { place in
                (step * Double(place + 1)).truncatingRemainder(dividingBy: 1)
            }
            if accepts(point) { return point }
        }
        return nil
    }
}

struct ExampleStrategyTests {
    private let space = SearchSpace([
        Parameter(name: "x", distribution: .uniform(min: 0, max: 1)),
        Parameter(name: "r", distribution: .categorical([.int(4), .int(8)], probabilities: nil)),
    ])

    private func study(after history: History = History(goal: .minimize), trials: Int) -> History {
        var study = StudySimulator(
            Suggester(GoldenSequence(), space: space, seed: 0), history: history, runCap: trials,
            objective: { assignment, _ in assignment["x"]?.number })
        study.run()
        return study.history
    }

    @Test func `a strategy is one file: its study stays in the space, spreads evenly and can be interrupted`() throws {
        let whole = study(trials: 50)
        #expect(whole.trials.count == 50 && whole.trials.allSatisfy { space.holds($0.assignment) })
        let values = whole.trials.compactMap { $0.assignment["x"]?.number }.sorted()
        let gaps = zip(values, values.dropFirst()).map { $1 - $0 }
        #expect((gaps.max() ?? 1) < 0.05)
        #expect(study(after: study(trials: 20), trials: 50) == whole)
    }
}
