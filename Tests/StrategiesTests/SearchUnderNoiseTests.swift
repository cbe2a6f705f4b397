import Glibc
import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import Strategies

/// What the Gaussian process makes of losses that are partly luck, and of trials that ended early.
struct SearchUnderNoiseTests {
    private let line = SearchSpace([Parameter(name: "x", distribution: .uniform(min: 0, max: 1))])

    private func trial(_ number: Int, _ x: Double, _ values: [Double], _ state: Trial.State = .complete) -> Trial {
        Trial(
            id: Trial.ID(number), assignment: ["x": .double(x)], state: state,
            reports: values.enumerated().map { Report(iter: $0.offset + 1, value: $0.element) })
    }

    private func noise(_ number: Int) -> Double {
        var generator = SeededGenerator(number, 77)
        return generator.gaussian()
    }

    @Test(arguments: [0.05, 0.3, 0.6]) func `The noise is fitted`(sigma: Double) {
        let space = FeatureSpace(PointCoding(line))
        let rows = (0..<90).map { [Double($0 * 37 % 90) / 90] }
        let targets = rows.enumerated().map { sin(5 * $0.element[0]) + sigma * noise($0.offset) }
        let theta = HyperparameterFit(space, rows: rows, targets: targets).best()
        #expect(theta.noise > 0.5 * sigma * sigma && theta.noise < 1.6 * sigma * sigma, "\(theta.noise)")
    }

    @Test func `The incumbent is where the model believes the least loss, not where one report was lucky`() throws {
        var trials = (0..<40).map { number in
            let x = Double(number * 17 % 40) / 40
            return trial(number, x, [(x - 0.3) * (x - 0.3) + 0.02 * noise(number)])
        }
        trials.append(trial(40, 0.83, [-0.1]))
        let past = Observations(PointCoding(line), history: History(goal: .minimize, trials: trials))
        let model = try #require(GaussianProcessSearch(seed: 1).model(of: past, []))
        #expect(abs(model.incumbents[0].coordinates[0] - 0.3) < 0.15, "\(model.incumbents)")
        let luckiest = try #require(ModeledTrials(past).targets.min())
        #expect(model.best > luckiest + 0.1)
    }

    @Test func `At the floor of a steep valley a trial has to beat more than what the smooth model believes`() throws {
        let trials = (0..<21).map { number in
            let x = Double(number * 8 % 21) / 20
            return trial(number, x, [abs(x - 0.3).squareRoot() + 0.1 * sin(60 * x)])
        }
        let past = Observations(PointCoding(line), history: History(goal: .minimize, trials: trials))
        let model = try #require(GaussianProcessSearch(seed: 1).model(of: past, []))
        let least = try #require(ModeledTrials(past).targets.min())
        let means = trials.indices.map { model.process.belief(at: model.process.space.features(of: past.points[$0])).mean }
        let believed = try #require(means.min())
        #expect(model.best >= least && model.best < believed - 0.1, "\(least), \(model.best), \(believed)")
    }

    /// The same numbers from the formulas, with an elimination of its own.
    @Test func `With a doubt for each observation the beliefs are those of the formulas`() throws {
        let space = FeatureSpace(
            PointCoding(
                SearchSpace(["x", "y"].map { Parameter(name: $0, distribution: .uniform(min: 0, max: 1)) })))
        let rows = [[0.1, 0.2], [0.4, 0.9], [0.7, 0.3], [0.95, 0.6]]
        let (targets, doubts) = ([0.5, -1, 1.5, 0.2], [0, 0.3, 0.01, 1])
        let theta = GaussianProcess.Hyperparameters(weights: [6, 2], variance: 1.4, noise: 0.05)
        let process = try #require(
            GaussianProcess(space, rows: rows, targets: targets, doubts: doubts, hyperparameters: theta))
        func covariance(_ a: [Double], _ b: [Double]) -> Double {
            let distance = zip(theta.weights, zip(a, b)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) * ($1.1.0 - $1.1.1) }
            let root = (5 * distance).squareRoot()
            return theta.variance * (1 + root + 5 * distance / 3) * exp(-root)
        }
        let place = [0.5, 0.5]
        let known = rows.map { covariance($0, place) }
        let matrix = rows.indices.map { a in
            rows.indices.map { b in covariance(rows[a], rows[b]) + (a == b ? theta.noise + doubts[a] : 0) }
        }
        let (bySolution, byKnown) = (Self.solve(matrix, targets), Self.solve(matrix, known))
        let mean = zip(known, bySolution).reduce(0) { $0 + $1.0 * $1.1 }
        let variance = theta.variance - zip(known, byKnown).reduce(0) { $0 + $1.0 * $1.1 }
        let belief = process.belief(at: place)
        #expect(abs(belief.mean - mean) < 1e-9)
        #expect(abs(belief.sigma - variance.squareRoot()) < 1e-9)
        let nearest = rows.map { covariance($0, place) / theta.variance }.max() ?? 0
        #expect(abs(process.likeness(of: place) - nearest) < 1e-12)
        #expect(abs(process.likeness(of: rows[2]) - 1) < 1e-12)
    }

    /// Gauss and Jordan's elimination.
    private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
        var rows = zip(matrix, right).map { $0 + [$1] }
        for pivot in rows.indices {
            rows[pivot] = rows[pivot].map { $0 / rows[pivot][pivot] }
            for row in rows.indices where row != pivot {
                let factor = rows[row][pivot]
                rows[row] = zip(rows[row], rows[pivot]).map { $0 - factor * $1 }
            }
        }
        return rows.map { $0[right.count] }
    }

    @Test func `Where trials end early nothing is tried that is nearly what was tried before, and only there`() throws {
        let plane = SearchSpace(["x", "y"].map { Parameter(name: $0, distribution: .uniform(min: 0, max: 1)) })
        /// The greatest likeness of what is proposed to what was tried.
        func likeness(count: Int, pausing: Bool) throws -> Double {
            let history = History.drawn(from: plane, count: count, pausing: pausing) { assignment in
                let (x, y) = (assignment["x"]?.number ?? .nan, assignment["y"]?.number ?? .nan)
                return (x - 0.3) * (x - 0.3) + (y - 0.6) * (y - 0.6) + 0.02 * sin(20 * x)
            }
            let past = Observations(PointCoding(plane), history: history)
            let strategy = GaussianProcessSearch(seed: 1)
            let model = try #require(strategy.model(of: past, []))
            #expect(model.isForecast == pausing)
            return try (0..<4).map { draw in
                var generator = SeededGenerator(draw, 5)
                let point = try #require(strategy.suggest(after: past, accepting: { _ in true }, using: &generator))
                return model.process.likeness(of: model.process.space.features(of: point))
            }.max() ?? .nan
        }
        #expect(try likeness(count: 12, pausing: true) <= 0.8)
        #expect(try likeness(count: 60, pausing: false) > 0.9)
    }

    @Test func `Of many trials a split takes the best, the latest and some of the rest`() {
        let trials = (0..<3000).map { number in trial(number, 0.5, [Double(number * 7 % 3000)]) }
        let past = Observations(PointCoding(line), history: History(goal: .minimize, trials: trials))
        var generator = SeededGenerator(seed: 1)
        let split = past.split(using: &generator)
        #expect(split.weighed == 3000)
        #expect(Set(split.good.map { $0 * 7 % 3000 }) == Set(0..<25))
        #expect(split.good.count + split.others.count == Observations.mostSplit)
        #expect(split.others == split.others.sorted())
        #expect(Set(split.others).isSuperset(of: Set(2900..<3000).subtracting(split.good)))
        #expect(split.others.map { $0 * 7 % 3000 }.contains { $0 > 2900 })
        #expect(past.some(3000) == Array(0..<3000))
        #expect(Set(past.some(400)).count == 400)
    }
}
