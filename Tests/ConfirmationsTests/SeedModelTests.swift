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
        (0, 0.850_027_408_752_883_3, 0.845_750_525_913_852_1, 0.854_083_691_166_321),
        (1, 0.846_940_513_690_957_8, 0.842_876_480_278_320_6, 0.850_942_211_207_700_1),
        (2, 0.834_054_067_310_926_2, 0.827_625_350_682_238_2, 0.841_702_610_200_969_5),
        (3, 0.815_973_873_420_531_3, 0.809_736_553_044_303_3, 0.822_273_375_638_980_2),
    ])
    func `means and intervals are the reference's`(candidate: Int, mean: Double, low: Double, high: Double) throws {
        let model = try model(values, finalists: 3)
        let interval = model.interval(of: candidate, probability: 0.9)
        #expect(abs(model.mean(of: candidate) - mean) < 1e-9)
        #expect(abs(interval.lowerBound - low) < 1e-9 && abs(interval.upperBound - high) < 1e-9)
    }

    @Test(arguments: [
        (0, 1, 0.863_632_832_233_697_6), (0, 2, 0.994_814_466_596_941_8), (0, 3, 0.999_996_481_352_311_6),
        (1, 2, 0.990_275_220_821_426_4), (2, 3, 0.999_284_775_512_170_9),
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

    @Test func `values that are all one leave no noise, and no interval`() throws {
        let model = try model([[0.5, 0.5], [0.4, 0.4]], finalists: 2)
        #expect(model.probability(0, above: 1) > 0.999)
        let interval = model.interval(of: 0, probability: 0.9)
        #expect(interval.upperBound - interval.lowerBound < 1e-6)
    }

    @Test func `too few values tell nothing`() {
        #expect(SeedModel([.init(candidate: 0, seed: 0, value: 1)], isFinalist: [true]) == nil)
        let two = [SeedModel.Observation(candidate: 0, seed: 0, value: 1), .init(candidate: 0, seed: 1, value: 2)]
        #expect(SeedModel(two, isFinalist: [true, true]) == nil)
        #expect(SeedModel(two, isFinalist: [true]) != nil)
    }
}
