import Testing

@testable import Confirmations

/// One noise for all, but for whoever clearly has more.
struct NoiseGroupsTests {
    private static let calm: [[Double]] = [
        [0.852, 0.847, 0.859, 0.844, 0.851], [0.848, 0.851, 0.849, 0.842, 0.846], [0.83, 0.834, 0.838, 0.829, 0.827],
    ]

    private func own(_ rows: [[Double]]) -> Set<Int> {
        NoiseGroups(rows.map { Dictionary(uniqueKeysWithValues: $0.enumerated().map { ($0, $1) }) }).own
    }

    private func model(_ rows: [[Double]], finalists: Int = 3) throws -> SeedModel {
        let observations = rows.enumerated().flatMap { candidate, row in
            row.enumerated().map { SeedModel.Observation(candidate: candidate, seed: $0, value: $1) }
        }
        return try #require(SeedModel(observations, isFinalist: rows.indices.map { $0 < finalists }))
    }

    @Test func `values that differ about as much have one noise`() {
        #expect(own(Self.calm).isEmpty)
        #expect(own(Self.calm + [[0.812, 0.82]]).isEmpty)
        #expect(own(Self.calm + [[0.5, 0.5, 0.5]]).isEmpty, "less than the others is no sign")
    }

    @Test(arguments: [[0.81, 0.3, 0.82, 0.25, 0.81], [0.8, 0.3], [0.4, 1e8, 0.5], [0.8, 0.3, 1e300]])
    func `a baseline that collapses with some seeds stands by itself`(row: [Double]) {
        #expect(own(Self.calm + [row]) == [3])
    }

    @Test func `values in steps that are the same by chance are no sign of less noise`() throws {
        // The first two have the same pattern, to the last digit; an accuracy of so few rows often has.
        let rows = [[0.884, 0.881, 0.883], [0.903, 0.9, 0.902], [0.891, 0.893, 0.89]]
        #expect(own(rows).isEmpty)
        #expect(own([[0.84, 0.84], [0.83, 0.83], [0.85, 0.87], [0.86, 0.86]]).isEmpty)
        #expect(own([[0.84, 0.84, 0.84], [0.83, 0.83, 0.83], [0.85, 0.25, 0.84], [0.86, 0.86, 0.86]]) == [2])
        let model = try model(Array(rows.prefix(2)), finalists: 2)
        #expect((0.99...0.9999).contains(model.probability(1, above: 0)), "nineteen steps apart, and yet not certain")
    }

    @Test func `so do two of four`() {
        #expect(own([Self.calm[0], [0.8, 0.2, 0.9, 0.4], Self.calm[1], [0.7, 0.9, 0.1, 0.6]]) == [1, 3])
        #expect(own([Self.calm[0], [0.8, 0.2, 0.9, 0.4], Self.calm[1], [1e9, 3, 4, 2]]) == [1, 3], "of different size too")
    }

    @Test func `what the seeds do to all hides no noise`() {
        let seeds = [0.1, -0.1, 0.05, 0, -0.05]
        let rows = (Self.calm + [[0.8, 0.72, 0.83, 0.85, 0.7]]).map { zip($0, seeds).map { $0 + $1 } }
        #expect(own(rows) == [3])
    }

    @Test func `the noise of others moves nobody's interval`() throws {
        let calm = try model(Self.calm + [[0.812, 0.82, 0.806, 0.815, 0.81]])
        let wild = try model(Self.calm + [[0.81, 0.3, 0.82, 0.25, 0.81]])
        #expect(wild.hasOwnNoise(3) && !wild.hasOwnNoise(0))
        for candidate in 0..<3 {
            let (one, other) = (calm.interval(of: candidate, probability: 0.9), wild.interval(of: candidate, probability: 0.9))
            #expect(other.upperBound - other.lowerBound < 1.5 * (one.upperBound - one.lowerBound))
        }
        #expect(wild.probability(0, above: 2) > 0.99)
        #expect(wild.probability(0, above: 3) > 0.9)
    }

    /// SciPy: `ttest_ind([...], [...], equal_var=False)`, whose one-sided chance the second's small noise hardly moves.
    @Test func `two with noises of their own are compared as Welch does`() throws {
        let rows = [[0.8, 0.2, 0.9, 0.4], [0.7, 0.9, 0.1, 0.6], Self.calm[0], Self.calm[1]]
        let model = try model(rows, finalists: 4)
        #expect(model.hasOwnNoise(0) && model.hasOwnNoise(1))
        #expect(abs(model.probability(0, above: 1) - 0.5) < 1e-9, "the means are equal")
        // Student's interval of its own values: 0.575 -+ 2.3534 * 0.165202.
        let interval = model.interval(of: 0, probability: 0.9)
        #expect(abs(interval.lowerBound - 0.186_221) < 1e-5 && abs(interval.upperBound - 0.963_779) < 1e-5)
    }

    @Test(arguments: [1e8, -1e8, 1e15])
    func `a value far away takes no digits from the others`(far: Double) throws {
        let near = try model(Self.calm + [[0.812, 0.82, 0.806]])
        let apart = try model(Self.calm + [[far, far + abs(far) * 1e-10, far - abs(far) * 1e-10]])
        #expect(abs(apart.probability(0, above: 1) - near.probability(0, above: 1)) < 0.1)
        #expect(abs(apart.probability(3, above: 0) - (far > 0 ? 1 : 0)) < 1e-9)
        #expect(abs(apart.mean(of: 0) - near.mean(of: 0)) < 1e-3)
    }

    @Test func `a finalist far away does not either`() throws {
        let model = try model(Self.calm + [[3e7, 3e7, 3e7, 3e7, 3e7]], finalists: 4)
        #expect(model.probability(0, above: 2) > 0.99 && model.probability(3, above: 0) > 0.999)
        let interval = model.interval(of: 0, probability: 0.9)
        #expect(interval.contains(0.8506) && interval.upperBound - interval.lowerBound < 0.02)
        #expect(abs(model.mean(of: 3) - 3e7) < 0.1)
    }

    @Test(arguments: [1e8, 1e12, -1e9])
    func `great values of little difference are told apart as small ones`(shift: Double) throws {
        // What the shifted numbers can hold.
        let rows = Self.calm.map { $0.map { ($0 * 1024).rounded() } }
        let (plain, other) = (try model(rows), try model(rows.map { $0.map { $0 + shift } }))
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            #expect(abs(plain.probability(a, above: b) - other.probability(a, above: b)) < 1e-6)
        }
    }

    @Test(arguments: [1e-9, 1e9, 1e200, 1e-150])
    func `another unit changes nothing but the unit, however great`(unit: Double) throws {
        let (plain, other) = (try model(Self.calm), try model(Self.calm.map { $0.map { $0 * unit } }))
        #expect(abs(plain.probability(0, above: 1) - other.probability(0, above: 1)) < 1e-6)
        let (one, two) = (plain.interval(of: 0, probability: 0.9), other.interval(of: 0, probability: 0.9))
        #expect(abs(two.lowerBound / unit - one.lowerBound) < 1e-6 && abs(two.upperBound / unit - one.upperBound) < 1e-6)
    }

    @Test func `noise of the last digits is noise`() throws {
        let rows = [[0.5, 0.5 + 2e-12, 0.5 - 2e-12], [0.5 + 1e-12, 0.5, 0.5 + 3e-12]]
        let model = try model(rows, finalists: 2)
        #expect((0.5...0.95).contains(model.probability(1, above: 0)))
    }

    /// Four configurations with five seeds, one of them with thirty times the noise.
    @Test func `the intervals hold as often as they say, the wild one's too`() throws {
        var generator = SeededNumbers(5)
        var held = [0, 0]
        let studies = 150
        for _ in 0..<studies {
            let means = (0..<4).map { _ in 0.85 + 0.01 * generator.normal() }
            let rows = means.enumerated().map { place, mean in
                (0..<5).map { _ in mean + (place == 3 ? 0.24 : 0.008) * generator.normal() }
            }
            let model = try model(rows)
            for (group, candidate) in [(0, 0), (1, 3)]
            where model.interval(of: candidate, probability: 0.9).contains(means[candidate]) { held[group] += 1 }
        }
        #expect((0.82...0.98).contains(Double(held[0]) / Double(studies)), "\(held)")
        #expect((0.82...0.98).contains(Double(held[1]) / Double(studies)), "\(held)")
    }

    /// SciPy 1.17: `scipy.stats.f.sf`.
    @Test(arguments: [(1.0, 1.0, 1.0, 0.5), (4.5, 2, 9, 0.044_194_173_824_159_22), (10, 4, 4, 0.023_290_758_827_948_91)])
    func `the F distribution's tail is SciPy's`(ratio: Double, freedom: Double, other: Double, expected: Double) {
        #expect(abs(StudentT.tail(ofRatio: ratio, freedom, other) - expected) < 1e-9)
    }

    @Test func `a seed's effect is what least squares tell`() {
        let rows: [[Int: Double]] = [[0: 1, 1: 3, 2: 2], [0: 2, 1: 4, 2: 3]]
        let effects = SeedEffects(rows)
        #expect(effects.squares < 1e-20 && effects.freedom == 2)
        #expect(abs((effects.bySeed[1] ?? 0) - (effects.bySeed[0] ?? 0) - 2) < 1e-12)
    }
}
