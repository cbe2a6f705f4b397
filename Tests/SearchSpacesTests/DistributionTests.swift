import Foundation
import SearchSpaces
import Testing
import TrainerSettings

struct DistributionTests {
    static let all: [Distribution] = [
        .constant(.string("x")),
        .categorical([.int(2), .string("all"), .array([.string("query")])], probabilities: nil),
        .categorical([.int(2), .int(4), .int(8)], probabilities: [0.5, 0, 0.5]),
        .intUniform(min: -3, max: 12), .intLogUniform(min: 1, max: 64), .uniform(min: -1, max: 2),
        .quantizedUniform(min: 0, max: 1, q: 0.1), .logUniform(min: 1e-5, max: 1e-2),
        .quantizedLogUniform(min: 8, max: 256, q: 8), .normal(mu: 3, sigma: 2), .logNormal(mu: -7, sigma: 1),
    ]

    /// As W&B does: 48 and 48.0 are the same number, but not the same text on a program's command line.
    @Test(arguments: [
        (Distribution.quantizedUniform(min: 16, max: 64, q: 16), true), (.quantizedLogUniform(min: 8, max: 256, q: 8), true),
        (.quantizedUniform(min: 0.5, max: 8.5, q: 1), false), (.quantizedLogUniform(min: 1, max: 8, q: 0.5), false),
    ])
    func `Whole steps from a whole start are whole numbers`(distribution: Distribution, whole: Bool) throws {
        for value in [distribution.value(at: 1), distribution.value(atQuantile: 0.7), distribution.nearest(to: 33.3)] {
            let isWhole = if case .int = value { true } else { false }
            #expect(isWhole == whole, "\(value)")
            let index = try #require(distribution.index(of: value))
            #expect(distribution.value(at: index) == value)
        }
    }

    @Test(arguments: all)
    func `Draws keep to the bounds and to the values that are counted`(distribution: Distribution) {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let value = distribution.value(atQuantile: generator.unit())
            if distribution.count != nil { #expect(distribution.index(of: value) != nil, "\(value)") }
            switch distribution {
            case .normal, .logNormal: #expect(value.number?.isFinite == true)
            default:
                if let bounds = distribution.bounds, let number = value.number { #expect(bounds.contains(number)) }
            }
        }
    }

    @Test(arguments: all)
    func `Numbers and values lead to each other`(distribution: Distribution) {
        guard let count = distribution.count else { return #expect(distribution.index(of: .int(3)) == nil) }
        for index in 0..<count { #expect(distribution.index(of: distribution.value(at: index)) == index) }
        #expect(distribution.index(of: .string("none of them")) == nil)
    }

    @Test(arguments: all)
    func `A later quantile never gives a smaller number`(distribution: Distribution) {
        guard distribution.bounds != nil else { return }
        let values = stride(from: 0, to: 1, by: 1.0 / 512).compactMap { distribution.value(atQuantile: $0).number }
        #expect(values.count == 512)
        #expect(values == values.sorted())
    }

    @Test(
        arguments: [
            (Distribution.constant(.int(4)), 1, nil, nil, false),
            (.categorical([.int(1), .int(2)], probabilities: nil), 2, nil, nil, false),
            (.intUniform(min: -2, max: 2), 5, 1, -2.0...2.0, false),
            (.intLogUniform(min: 1, max: 64), 64, 1, 1...64, true),
            (.uniform(min: 0, max: 0.1), nil, nil, 0...0.1, false),
            (.logUniform(min: 1e-5, max: 1e-3), nil, nil, 1e-5...1e-3, true),
            (.quantizedUniform(min: 0, max: 1, q: 0.3), 4, 0.3, 0...0.9, false),
            (.quantizedLogUniform(min: 8, max: 64, q: 8), 8, 8, 8...64, true),
            (.normal(mu: 1, sigma: 0.5), nil, nil, -1...3, false),
        ] as [(Distribution, Int?, Double?, ClosedRange<Double>?, Bool)])
    func `Each distribution tells its count, step, bounds and scale`(
        distribution: Distribution, count: Int?, step: Double?, bounds: ClosedRange<Double>?, isLogarithmic: Bool
    ) {
        #expect(distribution.count == count)
        #expect(distribution.step == step)
        #expect(distribution.bounds == bounds)
        #expect(distribution.isLogarithmic == isLogarithmic)
    }

    @Test(arguments: [
        (Distribution.uniform(min: 2, max: 4), 0.25, SettingValue.double(2.5)),
        (.intUniform(min: 1, max: 4), 0.5, .int(3)), (.intUniform(min: 1, max: 4), 0.9999, .int(4)),
        (.quantizedUniform(min: 0, max: 1, q: 0.25), 0.5, .double(0.5)),
        (.categorical([.int(5), .int(6)], probabilities: nil), 0.49, .int(5)),
        (.categorical([.int(5), .int(6)], probabilities: [0.2, 0.8]), 0.49, .int(6)),
        (.intLogUniform(min: 1, max: 100), 0, .int(1)), (.intLogUniform(min: 1, max: 100), 0.9999, .int(100)),
        (.constant(.string("x")), 0.7, .string("x")),
    ])
    func `A quantile has its value`(distribution: Distribution, quantile: Double, expected: SettingValue) {
        #expect(distribution.value(atQuantile: quantile) == expected)
    }

    @Test func `Probabilities are kept`() {
        let distribution = Distribution.categorical([.int(1), .int(2), .int(3)], probabilities: [0.2, 0, 0.8])
        var generator = SeededGenerator(seed: 3)
        let draws = (0..<20000).map { _ in distribution.value(atQuantile: generator.unit()) }
        let first = Double(draws.count { $0 == .int(1) }) / 20000
        #expect(abs(first - 0.2) < 0.015)
        #expect(!draws.contains(.int(2)))
    }

    @Test func `A logarithmic range gives each power its share`() {
        let distribution = Distribution.logUniform(min: 1e-4, max: 1)
        let below = (0..<1000).count { (distribution.value(atQuantile: Double($0) / 1000).number ?? 1) < 1e-2 }
        #expect(abs(below - 500) <= 1)
    }

    @Test func `A normal has its mean and spread`() {
        let distribution = Distribution.normal(mu: 3, sigma: 2)
        #expect(abs((distribution.value(atQuantile: 0.5).number ?? 0) - 3) < 1e-9)
        #expect(abs((distribution.value(atQuantile: 0.8413447460685429).number ?? 0) - 5) < 1e-6)
        #expect(abs((distribution.value(atQuantile: 0.02275013194817921).number ?? 0) + 1) < 1e-6)
    }

    @Test func `Steps are the decimals that were written`() {
        let distribution = Distribution.quantizedUniform(min: 0, max: 1, q: 0.1)
        #expect(
            (0..<11).map { distribution.value(at: $0) }.map(\.description) == [
                "0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1",
            ])
        #expect(distribution.value(at: 3) == .double(0.3))
        #expect(distribution.count == 11)
    }

    @Test(arguments: [(0.0, 2), (2.4, 2), (2.6, 3), (99.0, 4)])
    func `The nearest value is within the bounds`(number: Double, expected: Int) {
        #expect(Distribution.intUniform(min: 2, max: 4).nearest(to: number) == .int(expected))
    }

    @Test func `Equal seeds give equal numbers, and streams differ`() {
        func numbers(_ seeds: Int...) -> [UInt64] {
            var generator = seeds.count == 2 ? SeededGenerator(seeds[0], seeds[1]) : SeededGenerator(seeds[0])
            return (0..<8).map { _ in generator.next() }
        }
        #expect(numbers(7, 1) == numbers(7, 1))
        #expect(Set([numbers(7, 1), numbers(7, 2), numbers(1, 7), numbers(7)]).count == 4)
    }

    @Test func `Gaussian numbers have mean 0 and spread 1`() {
        var generator = SeededGenerator(seed: 5)
        let draws = (0..<20000).map { _ in generator.gaussian() }
        let mean = draws.reduce(0, +) / 20000
        #expect(abs(mean) < 0.03)
        #expect(abs(draws.reduce(0) { $0 + $1 * $1 } / 20000 - 1) < 0.05)
    }
}
