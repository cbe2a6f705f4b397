import Confirmations
import SearchSpaces
import Testing

/// Against the same model in NumPy and SciPy, which inverts whole matrices.
struct SeedModelTests {
    private let values: [[Double]] = [
        [0.852, 0.847, 0.859, 0.844, 0.851], [0.848, 0.851, 0.849, 0.842, 0.846], [0.83, 0.834], [0.812, 0.82],
    ]

    private func model(_ values: [[Double]], finalists: Int, by scale: Double = 1, plus shift: Double = 0) throws -> SeedModel {
        let observations = values.enumerated().flatMap { candidate, row in
            row.enumerated().map { SeedModel.Observation(candidate: candidate, seed: $0, value: scale * $1 + shift) }
        }
        return try #require(SeedModel(observations, isFinalist: values.indices.map { $0 < finalists }))
    }

    @Test(arguments: [
        (0, 0.850_035_735_074_823, 0.845_757_908_506_162_6, 0.854_108_572_244_213_5),
        (1, 0.846_942_503_745_617_7, 0.842_861_251_494_129_7, 0.850_964_982_036_845),
        (2, 0.834_030_939_184_484_1, 0.827_613_080_356_592_5, 0.841_594_654_964_735_2),
        (3, 0.815_976_536_235_586_2, 0.809_734_005_477_845_2, 0.822_277_373_016_390_8),
    ])
    func `means and intervals are the reference's`(candidate: Int, mean: Double, low: Double, high: Double) throws {
        let model = try model(values, finalists: 3)
        let interval = model.interval(of: candidate, probability: 0.9)
        #expect(abs(model.mean(of: candidate) - mean) < 1e-9)
        #expect(abs(interval.lowerBound - low) < 1e-9 && abs(interval.upperBound - high) < 1e-9)
    }

    @Test(arguments: [
        (0, 1, 0.864_631_454_190_441_6), (0, 2, 0.995_503_869_498_549_1), (0, 3, 0.999_996_747_646_442),
        (1, 2, 0.991_068_251_289_216_8), (2, 3, 0.999_301_499_256_187_5),
    ])
    func `so are the chances to be better`(one: Int, other: Int, chance: Double) throws {
        let model = try model(values, finalists: 3)
        #expect(abs(model.probability(one, above: other) - chance) < 1e-9)
        #expect(abs(model.probability(other, above: one) - (1 - chance)) < 1e-9)
    }

    @Test func `one configuration alone has Student's interval`() throws {
        let model = try model([[1, 3, 2]], finalists: 1)
        let interval = model.interval(of: 0, probability: 0.9)
        #expect(abs(interval.lowerBound - 0.314_145_539_152_950_2) < 1e-9)
        #expect(abs(interval.upperBound - 3.685_854_460_847_048_5) < 1e-9)
    }

    @Test func `another unit changes nothing but the unit`() throws {
        let (plain, other) = (try model(values, finalists: 3), try model(values, finalists: 3, by: 1e6, plus: -5e5))
        #expect(abs(plain.probability(0, above: 1) - other.probability(0, above: 1)) < 1e-6)
        #expect(abs(1e6 * plain.mean(of: 0) - 5e5 - other.mean(of: 0)) < 1e-2)
    }

    @Test func `the luckiest finalist is pulled toward the others, the baseline is not`() throws {
        let rows: [[Double]] = [[0.9, 0.8, 0.85], [0.8, 0.86, 0.82], [0.81, 0.8, 0.84], [0.7, 0.72, 0.68]]
        let model = try model(rows, finalists: 3)
        #expect(model.mean(of: 0) < 0.85 && model.mean(of: 2) > 0.8166)
        #expect(abs(model.mean(of: 3) - 0.7) < 1e-9)
    }

    @Test func `values that are all one leave hardly any noise`() throws {
        let model = try model([[0.5, 0.5], [0.4, 0.4]], finalists: 2)
        #expect(model.probability(0, above: 1) > 0.999)
        let interval = model.interval(of: 0, probability: 0.9)
        #expect(interval.upperBound - interval.lowerBound < 1e-3)
    }

    @Test(arguments: [0, 0.1, 0.5, 1e-300, 123_456.789, -0.7])
    func `values that are the same everywhere are one place`(value: Double) throws {
        let model = try model([[value, value, value], [value, value, value]], finalists: 2)
        let interval = model.interval(of: 0, probability: 0.9)
        #expect(abs(interval.lowerBound - value) < 1e-6 && abs(interval.upperBound - value) < 1e-6)
        #expect(abs(model.probability(0, above: 1) - 0.5) < 1e-6)
    }

    @Test func `too few values tell nothing`() {
        #expect(SeedModel([.init(candidate: 0, seed: 0, value: 1)], isFinalist: [true]) == nil)
        let two = [SeedModel.Observation(candidate: 0, seed: 0, value: 1), .init(candidate: 0, seed: 1, value: 2)]
        #expect(SeedModel(two, isFinalist: [true, true]) == nil)
        #expect(SeedModel(two, isFinalist: [true]) != nil)
    }
}
