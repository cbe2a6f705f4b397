import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import Strategies

/// Methods on a study of two metrics.
struct SeveralMetricsTests {
    private static let second = Metric(name: "size", goal: .maximize)

    private static let space = SearchSpace(
        (0..<4).map { Parameter(name: "x\($0)", distribution: .uniform(min: 0, max: 1)) })

    /// ZDT1, the second turned round.
    private static func values(_ assignment: Assignment) -> (first: Double, second: Double) {
        let x = (0..<4).map { assignment["x\($0)"]?.number ?? .nan }
        let g = 1 + 3 * (x[1] + x[2] + x[3])
        return (x[0], -g * (1 - (x[0] / g).squareRoot()))
    }

    private static func study(_ method: Method, seed: Int, workers: Int = 1, trials: Int = 50) throws -> History {
        var specification = StudySpecification(
            name: "two", metric: Metric(name: "loss", goal: .minimize), method: method, seed: seed,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "")
        specification.otherMetrics = [second]
        var study = StudySimulator(
            try Suggester(specification: specification), history: History(goal: .minimize, otherMetrics: [second]),
            runCap: trials, workers: workers, metrics: { ["size": values($0).second] },
            objective: { assignment, _ in values(assignment).first })
        study.run()
        return study.history
    }

    private static func volume(_ history: History) -> Double {
        Hypervolume.volume(of: history.front.map { history.losses(of: $0.report) }, reference: [1.1, 5])
    }

    @Test(arguments: [Method.tpe, .gp]) func `The front is far larger than random search's`(method: Method) throws {
        // Of the true front: 1.1 x 5 - 1 / 3.
        let whole = 5.5 - 1.0 / 3
        let missed = try (0..<5).map { whole - Self.volume(try Self.study(method, seed: $0)) }.reduce(0, +)
        let byChance = try (0..<5).map { whole - Self.volume(try Self.study(.random, seed: $0)) }.reduce(0, +)
        #expect(missed < 0.6 * byChance, "\(missed), \(byChance)")
    }

    @Test(arguments: [Method.tpe, .gp]) func `The same seed gives the same study, with several workers too`(
        method: Method
    ) throws {
        let first = try Self.study(method, seed: 4, workers: 3, trials: 25)
        let second = try Self.study(method, seed: 4, workers: 3, trials: 25)
        #expect(first == second)
    }

    @Test func `Weights are drawn evenly, and sum to 1`() {
        var generator = SeededGenerator(3)
        let draws = (0..<2000).map { _ in Scalarization.weights(3, using: &generator) }
        for draw in draws {
            let sum = draw.reduce(0, +)
            #expect(abs(sum - 1) < 1e-12)
            #expect(draw.allSatisfy { $0 >= 0 })
        }
        for metric in 0..<3 {
            let mean = draws.reduce(0) { $0 + $1[metric] } / 2000
            #expect(abs(mean - 1 / 3.0) < 0.02)
        }
    }

    @Test func `The largest weighted loss decides, and what is no number stays so`() {
        let losses: [[Double]] = [[0, 10], [5, 5], [10, 0], [.nan, 0], [3, .infinity]]
        let first = Scalarization.of(losses, weights: [1, 0])
        #expect(first[0] < first[1] && first[1] < first[2])
        #expect(first[3].isNaN && first[4] == .infinity)
        let both = Scalarization.of(losses, weights: [0.5, 0.5])
        #expect(both[1] < both[0] && both[1] < both[2])
        #expect(Scalarization.of([[1, 2], [1, 2]], weights: [0.5, 0.5]) == [0, 0])
    }

    @Test func `The model learns from what failed or broke a constraint as with one metric`() throws {
        var history = try Self.study(.random, seed: 2, trials: 12)
        history.trials[3].state = .failed
        history.trials[5].state = .running
        history.trials[5].reports = []
        history.trials[6].reports = [Report(iter: 1, value: 0.1)]
        let modeled = ModeledTrials(Observations(PointCoding(Self.space), history: history), weighing: [0.3, 0.7])
        #expect(modeled.running == [5])
        #expect(modeled.trials.count == 11)
        #expect(modeled.targets.allSatisfy { $0.isFinite })
        // Without the second metric it is as bad as the worst.
        let place = try #require(modeled.trials.firstIndex(of: 6))
        #expect(modeled.targets[place] == modeled.targets.max())
    }
}
