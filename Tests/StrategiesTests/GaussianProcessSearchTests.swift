import Glibc
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import Strategies

struct GaussianProcessSearchTests {
    private let plane = SearchSpace([
        Parameter(name: "x", distribution: .uniform(min: 0, max: 1)),
        Parameter(name: "y", distribution: .uniform(min: 0, max: 1)),
    ])

    @Test(arguments: [ToySpace.mixed, .conditional, .everyDistribution])
    func `It comes much nearer to the best than random search`(toy: ToySpace) throws {
        let random = try toy.best(of: 30, by: .random, seeds: 0..<4)
        #expect(try toy.best(of: 30, by: .gp, seeds: 0..<4) < 0.3 * random)
    }

    @Test func `Workers are sent to different places`() throws {
        var trials = (0..<16).map { number in
            let x = Double(number % 4) / 3
            let y = Double(number / 4) / 3
            return Trial(
                id: Trial.ID(number), assignment: ["x": .double(x), "y": .double(y)], state: .complete,
                reports: [Report(iter: 1, value: (x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5))])
        }
        var places: [(Double, Double)] = []
        for number in 16..<20 {
            var suggester = Suggester(GaussianProcessSearch(seed: 1), space: plane, seed: 1)
            let suggestion = suggester.suggest(after: History(goal: .minimize, trials: trials))
            guard case .assignment(let assignment, refused: _) = suggestion else { continue }
            places.append((assignment["x"]?.number ?? .nan, assignment["y"]?.number ?? .nan))
            trials.append(Trial(id: Trial.ID(number), assignment: assignment, state: .running))
        }
        let distances = (0..<4).flatMap { a in
            (0..<a).map { hypot(places[a].0 - places[$0].0, places[a].1 - places[$0].1) }
        }
        #expect(distances.count == 6)
        #expect(distances.allSatisfy { $0 > 0.01 }, "\(places)")
    }

    @Test func `Of many trials it keeps the best, the latest and some of the rest`() {
        let trials = (0..<500).map { number in
            Trial(
                id: Trial.ID(number), assignment: ["x": .double(0.1), "y": .double(0.2)], state: .complete,
                reports: [Report(iter: 1, value: Double(number * 7 % 500))])
        }
        let modeled = ModeledTrials(
            Observations(PointCoding(plane), history: History(goal: .minimize, trials: trials)))
        let subset = modeled.subset(100)
        #expect(subset.count == 100)
        #expect(subset == subset.sorted())
        #expect(Set(subset).isSuperset(of: 475..<500))
        let values = Set(subset.map { $0 * 7 % 500 })
        #expect(values.isSuperset(of: 0..<25))
        #expect(values.contains { $0 > 450 } && values.contains { (200..<300).contains($0) })
    }
}

struct TargetsTests {
    @Test func `They are standard, in the losses' order, and good ones are not pushed together`() {
        let losses = [0.1, 0.2, 0.4, 1, 3, 10, 1000, 1e6]
        let targets = ScaledLosses.of(losses)
        #expect(targets == targets.sorted())
        #expect(abs(targets.reduce(0, +)) < 1e-9)
        #expect(abs(targets.reduce(0) { $0 + $1 * $1 } / 8 - 1) < 1e-9)
        // Standardized alone, all but the last would be alike to a thousandth.
        #expect(targets[6] - targets[0] > 0.1)
    }

    @Test func `Infinite ones are as bad, or as good, as any; unknown ones are in the middle`() {
        let targets = ScaledLosses.of([1, 2, 3, .infinity, -.infinity, .nan])
        #expect(targets[3] == targets[2])
        #expect(targets[4] == targets[0])
        #expect(targets[5] == targets[1])
        #expect(ScaledLosses.of([.nan, .infinity]) == [0, 1])
        #expect(ScaledLosses.of([4, 4, 4]) == [0, 0, 0])
        #expect(ScaledLosses.of([1e308, -1e308, 0]).allSatisfy { $0.isFinite })
    }

    @Test(arguments: [200, 5000]) func `A long tail is bent in, however many there are`(count: Int) {
        let normal = TruncatedNormal(mean: 0, sigma: 1, low: -8, high: 8)
        let losses = (0..<count).map { exp(3 * normal.value(atQuantile: (Double($0) + 0.5) / Double(count))) }
        let targets = ScaledLosses.of(losses)
        #expect(targets == targets.sorted())
        let skewness = targets.reduce(0) { $0 + $1 * $1 * $1 } / Double(count)
        // Standardized alone their skewness would be 10 and more.
        #expect(abs(skewness) < 1, "\(skewness)")
    }

    @Test(arguments: [1.0, 0.5, 0, -1])
    func `The bend is smooth at zero and rises everywhere`(power: Double) {
        let values = stride(from: -3.0, through: 3, by: 0.25).map { ScaledLosses.yeoJohnson($0, power: power) }
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
        #expect(abs(ScaledLosses.yeoJohnson(1e-6, power: power) + ScaledLosses.yeoJohnson(-1e-6, power: power)) < 1e-11)
    }
}

struct FeatureSpaceTests {
    @Test(arguments: ToySpace.allCases)
    func `Features are from 0 to 1, and a continuous one gives its coordinate back`(toy: ToySpace) {
        let space = FeatureSpace(PointCoding(toy.space))
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<100 {
            let point = space.coding.sample(using: &generator)
            let features = space.features(of: point)
            #expect(features.count == space.count)
            #expect(features.allSatisfy { $0 >= 0 && $0 <= 1 })
            for (parameter, feature) in space.continuous(at: point) where features[feature] > 0 && features[feature] < 1 {
                let coordinate = space.coordinate(of: parameter, at: features[feature])
                #expect(abs(coordinate / point.coordinates[parameter] - 1) < 1e-9)
            }
        }
    }

    @Test func `Different choices are 1 apart; rising numbers lie on a line`() {
        let space = FeatureSpace(
            PointCoding(
                SearchSpace([
                    Parameter(name: "r", distribution: .categorical([2, 4, 8, 16, 32].map { .int($0) }, probabilities: nil)),
                    Parameter(
                        name: "kind", distribution: .categorical([.string("a"), .string("b"), .null], probabilities: nil)),
                ])))
        let (a, b) = (space.features(of: Point([1, 0])), space.features(of: Point([3, 2])))
        #expect((a[0], b[0]) == (0.25, 0.75))
        #expect(abs(zip(a, b).dropFirst().reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } - 1) < 1e-12)
        #expect(space.groupCount == 2)
        #expect(space.groups == [0, 1, 1, 1])
    }

    @Test func `What a choice brings in has a value, and what it takes away has none`() {
        let space = FeatureSpace(PointCoding(ToySpace.conditional.space))
        let absent = Point.absent
        let point = space.replacing(0, by: 0, in: Point([2, 1e-3, absent, absent]))
        #expect(point == Point([0, 1e-3, 21, absent]))
        #expect(space.replacing(0, by: 2, in: point) == Point([2, 1e-3, absent, absent]))
        #expect(space.alternatives(to: 21, of: 2) == [20, 22, 19, 23, 17, 25, 13, 29, 5, 37])
        #expect(space.alternatives(to: 1, of: 0) == [0, 2])
    }
}

struct BoundedMinimizerTests {
    @Test func `It finds Rosenbrock's valley floor, and stops at bounds that are in the way`() {
        func rosenbrock(_ x: [Double], _ slopes: inout [Double]) -> Double {
            let bend = x[1] - x[0] * x[0]
            slopes = [-400 * x[0] * bend - 2 * (1 - x[0]), 200 * bend]
            return 100 * bend * bend + (1 - x[0]) * (1 - x[0])
        }
        let free = BoundedMinimizer(lower: [-5, -5], upper: [5, 5], iterations: 200, tolerance: 1e-9)
        let end = free.minimum(from: [-1.2, 1], of: rosenbrock)
        #expect(abs(end.place[0] - 1) < 1e-4 && abs(end.place[1] - 1) < 1e-4)
        let held = BoundedMinimizer(lower: [-5, -5], upper: [0.5, 5], iterations: 200, tolerance: 1e-9)
        let stopped = held.minimum(from: [-1.2, 1], of: rosenbrock)
        #expect(stopped.place[0] == 0.5)
        #expect(abs(stopped.place[1] - 0.25) < 1e-4)
    }

    @Test func `A value that is no number ends the search where it began`() {
        let minimizer = BoundedMinimizer(lower: [0], upper: [1])
        let end = minimizer.minimum(from: [0.5]) { _, _ in .nan }
        #expect(end.place == [0.5])
    }
}
