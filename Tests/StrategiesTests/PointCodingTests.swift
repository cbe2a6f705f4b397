import Glibc
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import Strategies

struct PointCodingTests {
    @Test(arguments: ToySpace.allCases)
    func `A configuration survives being a point`(toy: ToySpace) {
        let coding = PointCoding(toy.space)
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            let assignment = toy.space.sample(using: &generator)
            #expect(coding.assignment(of: coding.point(of: assignment)) == assignment)
            let point = coding.sample(using: &generator)
            #expect(coding.point(of: coding.assignment(of: point)) == point)
        }
    }

    @Test(arguments: [ToySpace.mixedFinite, .sixty])
    func `Points are numbered as configurations are`(toy: ToySpace) {
        let coding = PointCoding(toy.space)
        for index in 0..<(coding.size ?? 0) {
            #expect(coding.assignment(of: coding.point(at: index)) == toy.space.assignment(at: index))
        }
        #expect(coding.size ?? 0 >= 60)
    }

    @Test func `Parameters that hang on others come in later stages`() {
        let coding = PointCoding(ToySpace.conditional.space)
        #expect(coding.stages == [[0, 1], [2], [3]])
        let absent = Point.absent
        #expect(!coding.goesOn(Point([2, 1e-3, absent, absent]), beyond: 0))
        #expect(coding.goesOn(Point([0, 1e-3, 30, absent]), beyond: 0))
        #expect(!coding.goesOn(Point([0, 1e-3, 30, absent]), beyond: 1))
        #expect(!coding.isActive(2, in: [2, 1e-3, absent, absent]))
        #expect(coding.isActive(3, in: [0, 1e-3, 20, absent]))
        #expect(!coding.isActive(3, in: [0, 1e-3, 21, absent]))
    }

    @Test func `A point is built on from where it is kept`() {
        let coding = PointCoding(ToySpace.conditional.space)
        let built = coding.build(from: Point([1, 1e-3, 7, 0.5]), stage: 1) { $0 == 2 ? 40 : 0.9 }
        #expect(built == Point([1, 1e-3, 40, Point.absent]))
    }

    @Test func `A value that a space does not have is as good as none`() {
        let point = PointCoding(ToySpace.sixty.space).point(of: ["a": .int(99), "b": .string("y")])
        #expect(point == Point([Point.absent, Point.absent, 1]))
    }
}

struct TruncatedNormalTests {
    @Test func `Masses are exact in the middle and in both tails`() {
        #expect(abs(TruncatedNormal.mass(from: -1, to: 1) - 0.6826894921370859) < 1e-15)
        let (left, right) = (TruncatedNormal.mass(from: -9.3, to: -9.2), TruncatedNormal.mass(from: 9.2, to: 9.3))
        #expect(left == right)
        #expect(left > 0)
        let density = exp(-9.25 * 9.25 / 2) / (2 * Double.pi).squareRoot()
        #expect(abs(left / (0.1 * density) - 1) < 0.05)
    }

    @Test func `Quantiles go from bound to bound and halve the mass in the middle`() {
        let normal = TruncatedNormal(mean: 1, sigma: 2, low: 0, high: 10)
        #expect(abs(normal.value(atQuantile: 0)) < 1e-9)
        #expect(normal.value(atQuantile: 1 - 0x1p-53) <= 10)
        let median = normal.value(atQuantile: 0.5)
        let (below, above) = (
            TruncatedNormal.mass(from: -0.5, to: (median - 1) / 2), TruncatedNormal.mass(from: (median - 1) / 2, to: 4.5)
        )
        #expect(abs(below - above) < 1e-12)
        #expect(abs(exp(normal.logMass) - (below + above)) < 1e-12)
    }

    @Test func `Bounds that are far off take no mass away`() {
        #expect(TruncatedNormal(mean: 0, sigma: 1, low: -10, high: 10).logMass == 0)
        #expect(TruncatedNormal(mean: 0, sigma: 1, low: 0, high: 10).logMass == log(0.5))
    }
}

struct SeveralConditionsTests {
    private let space = SearchSpace([
        Parameter(name: "r", distribution: .categorical([.int(4), .int(16), .string("x")], probabilities: nil)),
        Parameter(name: "n", distribution: .intUniform(min: 1, max: 9)),
        Parameter(name: "x", distribution: .uniform(min: 0, max: 1)),
        Parameter(
            name: "a", distribution: .uniform(min: 2, max: 3),
            conditions: [
                .init(parameter: "r", .range(Limits(min: 8))), .init(parameter: "n", values: [.int(2), .int(3)]),
                .init(parameter: "x", .range(Limits(max: 0.75))),
            ]),
        Parameter(name: "b", distribution: .constant(.int(1)), condition: .init(parameter: "a", .range(Limits(max: 2.5)))),
    ])

    @Test func `a point has what its configuration has, whatever that hangs on`() {
        let coding = PointCoding(space)
        #expect(coding.stages == [[0, 1, 2], [3], [4]])
        var generator = SeededGenerator(seed: 4)
        var counts = [false: 0, true: 0]
        for _ in 0..<600 {
            let assignment = space.sample(using: &generator)
            let point = coding.point(of: assignment)
            #expect(coding.assignment(of: point) == assignment)
            for (place, parameter) in space.parameters.enumerated() {
                #expect(coding.isActive(place, in: point.coordinates) == space.isActive(parameter, in: assignment))
            }
            counts[assignment["a"] != nil, default: 0] += 1
        }
        #expect(counts.values.allSatisfy { $0 > 10 })
    }

    @Test(arguments: [Method.random, .sobol, .tpe, .gp]) func `no method proposes what its conditions exclude`(method: Method)
        throws
    {
        let specification = StudySpecification(
            name: "s", metric: Metric(name: "loss", goal: .minimize), method: method, seed: 2,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "/")
        var suggester = try Suggester(specification: specification)
        var history = History(goal: .minimize)
        for number in 0..<25 {
            guard case .assignment(let assignment, _) = suggester.suggest(after: history) else { continue }
            for parameter in space.parameters {
                #expect(space.isActive(parameter, in: assignment) == (assignment[parameter.name] != nil))
            }
            history.trials.append(
                Trial(
                    id: Trial.ID(number), assignment: assignment, state: .complete,
                    reports: [Report(iter: 1, value: assignment["a"]?.number ?? 9)], launches: 1))
        }
        #expect(history.trials.count == 25)
    }
}
