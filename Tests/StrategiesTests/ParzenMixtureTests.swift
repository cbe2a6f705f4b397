import Glibc
import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import Strategies

/// The expected numbers are Optuna 5's `_ParzenEstimator`'s and `default_weights`'s.
struct ParzenMixtureTests {
    private static let distributions: [(name: String, distribution: Distribution)] = [
        ("x", .uniform(min: -5, max: 10)), ("rate", .logUniform(min: 1e-5, max: 1e-2)),
        ("n", .intUniform(min: 1, max: 6)), ("q", .quantizedUniform(min: 0, max: 1, q: 0.25)),
        ("c", .categorical([.string("a"), .string("b"), .string("c")], probabilities: nil)),
        ("w", .intLogUniform(min: 2, max: 64)),
    ]
    private static let observed: [[Double]] = [
        [-3, 1e-4, 2, 0, 0, 2], [1, 3e-3, 5, 0.25, 2, 8], [1.5, 2e-5, 5, 1, 2, 64], [9, 1e-4, 5, 0.5, 1, 16],
    ]
    private static let points = [Point([0, 1e-3, 1, 0.75, 2, 3]), Point([9.9, 2e-5, 5, 0, 0, 64])]

    private func mixture(places: [Int], count: Int = 4) -> ParzenMixture {
        let space = SearchSpace(
            places.map { Parameter(name: Self.distributions[$0].name, distribution: Self.distributions[$0].distribution) })
        let coding = PointCoding(space)
        let trials = Self.observed.prefix(count).enumerated().map { number, values in
            Trial(id: Trial.ID(number), assignment: coding.assignment(of: Point(places.map { values[$0] })))
        }
        let past = Observations(coding, history: History(goal: .minimize, trials: trials))
        return ParzenMixture(Array(0..<count), of: past)
    }

    @Test(arguments: [
        (0, -2.503776039275337, -3.1491639974803145), (1, -2.130853703652127, -1.7154494249996062),
        (2, -2.4125571501266547, -1.3243949349215813), (3, -1.8366008143051495, -1.4222790321859033),
        (4, -0.8754687373538996, -1.2321436812926323), (5, -2.48795550203529, -5.606243584923577),
    ])
    func `One parameter's density is Optuna's`(place: Int, first: Double, second: Double) {
        let densities = mixture(places: [place])
            .logDensities(at: Self.points.map { Point([$0.coordinates[place]]) }, stage: 0)
        #expect(abs(densities[0] - first) < 1e-9)
        #expect(abs(densities[1] - second) < 1e-9)
    }

    @Test func `The joint density of six parameters is Optuna's`() {
        let densities = mixture(places: Array(0..<6)).logDensities(at: Self.points, stage: 0)
        #expect(abs(densities[0] - -12.544267504213328) < 1e-9)
        #expect(abs(densities[1] - -15.2993594498047) < 1e-9)
    }

    @Test func `Widths are the larger gaps, and a lone observation's reach to the farther bound`() throws {
        guard case .continuous(let four) = mixture(places: [0]).kernels[0] else { throw Unexpected() }
        #expect(four.sigmas == [4, 4, 7.5, 7.5, 15])
        #expect(four.means == [-3, 1, 1.5, 9, 2.5])
        guard case .continuous(let one) = mixture(places: [0], count: 1).kernels[0] else { throw Unexpected() }
        #expect(one.sigmas == [13, 15])
        guard case .stepped(let stepped) = mixture(places: [2]).kernels[0] else { throw Unexpected() }
        #expect(stepped.kernels.map { stepped.distinct[Int($0)].sigma } == [3, 3, 1, 1, 6])
        guard case .stepped(let lone) = mixture(places: [3], count: 1).kernels[0] else { throw Unexpected() }
        #expect(lone.kernels.map { lone.distinct[Int($0)].sigma } == [1.125, 1.25])
        guard case .continuous(let prior) = mixture(places: [1], count: 0).kernels[0] else { throw Unexpected() }
        #expect(prior.sigmas.count == 1)
        #expect(abs(prior.means[0] - -8.05904782547916) < 1e-12)
    }

    @Test(arguments: [
        (3, 0.25, 0.25, 0.25), (25, 0.038461538461538464, 0.038461538461538464, 0.038461538461538464),
        (26, 0.0014771048744460856, 0.03840472673559823, 0.03840472673559823),
        (27, 0.00136986301369863, 0.036986301369863014, 0.036986301369863014),
        (30, 0.0011661807580174927, 0.009620991253644314, 0.034985422740524776),
    ])
    func `Old observations weigh less than the latest 25`(count: Int, first: Double, second: Double, last: Double) {
        let weights = ParzenMixture.weights(count: count)
        #expect(weights.count == count + 1)
        #expect(abs(weights[0] - first) < 1e-15)
        #expect(abs(weights[1] - second) < 1e-15)
        #expect(abs(weights[count] - last) < 1e-15)
    }

    @Test func `Densities of all values of a finite space sum to one`() {
        let space = SearchSpace([
            Parameter(name: "kind", distribution: .categorical([.int(0), .int(1)], probabilities: [0.2, 0.8])),
            Parameter(
                name: "n", distribution: .intLogUniform(min: 1, max: 9),
                condition: .init(parameter: "kind", values: [.int(1)])),
            Parameter(name: "q", distribution: .quantizedUniform(min: 0, max: 1, q: 0.1)),
        ])
        let coding = PointCoding(space)
        var generator = SeededGenerator(seed: 1)
        let trials = (0..<12).map {
            Trial(id: Trial.ID($0), assignment: coding.assignment(of: coding.sample(using: &generator)))
        }
        let past = Observations(coding, history: History(goal: .minimize, trials: trials))
        let mixture = ParzenMixture(Array(0..<12), of: past)
        var total = 0.0
        for index in 0..<(space.size ?? 0) {
            let point = coding.point(at: index)
            let inside = mixture.conditioned(on: point, stage: 0).logDensities(at: [point], stage: 1)[0]
            total += exp(mixture.logDensities(at: [point], stage: 0)[0] + inside)
        }
        #expect(abs(total - 1) < 1e-9)
    }

    @Test func `An observation without a parameter leaves it as it was believed to be`() {
        let space = SearchSpace([
            Parameter(name: "kind", distribution: .categorical([.int(0), .int(1)], probabilities: nil)),
            Parameter(
                name: "x", distribution: .uniform(min: 0, max: 1), condition: .init(parameter: "kind", values: [.int(1)])),
        ])
        let trials = [Trial(id: Trial.ID(0), assignment: ["kind": .int(0)])]
        let past = Observations(PointCoding(space), history: History(goal: .minimize, trials: trials))
        let point = Point([1, 0.25])
        let (with, without) = (ParzenMixture([0], of: past), ParzenMixture([], of: past))
        let densities = [with, without].map { $0.conditioned(on: point, stage: 0).logDensities(at: [point], stage: 1)[0] }
        #expect(abs(densities[0] - densities[1]) < 1e-12)
    }

    @Test func `Draws follow the kernels and stay in the space`() {
        let mixture = mixture(places: Array(0..<6))
        let space = SearchSpace(Self.distributions.map { Parameter(name: $0.name, distribution: $0.distribution) })
        var generator = SeededGenerator(seed: 3)
        let draws = (0..<4000).map { _ in mixture.draw(using: &generator) }
        let coding = PointCoding(space)
        #expect(draws.allSatisfy { coding.point(of: coding.assignment(of: $0)) == $0 })
        // Each choice's probability in the whole mixture: (0.75 + 0.125 + 0.125 + 0.125 + 1/3) / 5 and so on.
        let share = Double(draws.filter { $0.coordinates[4] == 2 }.count) / 4000
        #expect(abs(share - (0.75 * 2 + 0.25 + 1.0 / 3) / 5) < 0.03)
    }

    @Test func `Terms too small to matter do not change a sum of exponentials`() {
        #expect(ParzenMixture.logSumOfExponentials([0, 0, -1000]) == log(2.0))
        #expect(ParzenMixture.logSumOfExponentials([-.infinity, -.infinity]) == -.infinity)
        #expect(abs(ParzenMixture.logSumOfExponentials([1000, 999]) - (1000 + log(1 + exp(-1.0)))) < 1e-12)
    }

    private struct Unexpected: Error {}
}
