import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct LearningRateTests {
    typealias Kind = TrainerSettings.LearningRateSchedule

    private struct Golden: Decodable {
        let schedule: String
        let warmup: Int
        let arguments: [String: SettingValue]
        let rates: [Double]
    }

    private static func golden() throws -> [Golden] {
        try JSONInput.read([Golden].self, file: TinyModel.here + "/Fixtures/loop/schedules.json")
    }

    private static func rate(_ settings: [String: SettingValue], totalSteps: Int) throws -> LearningRate {
        let data: [String: SettingValue] = ["model": .string("m"), "train": .string("t"), "validation": .string("v")]
        return LearningRate(try TrainerSettings(values: data.merging(settings) { $1 }), totalSteps: totalSteps)
    }

    /// What transformers' get_scheduler gives (Benchmarks/fixtures/make_loop_fixtures.py).
    @Test func `the rates are those of transformers, with every argument`() throws {
        let all = try Self.golden()
        #expect(Set(all.map(\.schedule)) == Set(Kind.allCases.map(\.rawValue)))
        for golden in all {
            let words = "\(golden.schedule) \(golden.arguments)"
            let settings = golden.arguments.merging([
                "lr_scheduler_type": .string(golden.schedule), "warmup_steps": .int(golden.warmup),
                "learning_rate": .double(2e-4),
            ]) { $1 }
            let rate = try Self.rate(settings, totalSteps: golden.rates.count)
            for (step, wanted) in golden.rates.enumerated() {
                #expect(abs(rate(step: step) - wanted) < 1e-18, "\(words), step \(step): \(rate(step: step)) for \(wanted)")
            }
        }
        #expect(all.count >= 20 && all.allSatisfy { $0.rates.count == 12 })
    }

    /// What transformers' get_scheduler gives for a rate of 2e-4 over 10 steps, a quarter of them warm-up.
    @Test(arguments: [
        (
            Kind.linear,
            [
                0, 6.666666666666667e-05, 1.3333333333333334e-4, 2e-4, 1.7142857142857143e-4, 1.4285714285714287e-4,
                1.1428571428571428e-4, 8.571428571428571e-05, 5.714285714285714e-05, 2.857142857142857e-05,
            ]
        ),
        (
            .cosine,
            [
                0, 6.666666666666667e-05, 1.3333333333333334e-4, 2e-4, 1.900968867902419e-4, 1.6234898018587337e-4,
                1.2225209339563145e-4, 7.774790660436858e-05, 3.7651019814126654e-05, 9.903113209758096e-06,
            ]
        ),
        (.constant, [Double](repeating: 2e-4, count: 10)),
        (.constantWithWarmup, [0, 6.666666666666667e-05, 1.3333333333333334e-4] + [Double](repeating: 2e-4, count: 7)),
    ])
    func `the rates are those of transformers`(kind: Kind, expected: [Double]) throws {
        let rate = try Self.rate(
            ["lr_scheduler_type": .string(kind.rawValue), "warmup_ratio": .double(0.25), "learning_rate": .double(2e-4)],
            totalSteps: 10)
        for (step, wanted) in expected.enumerated() { #expect(abs(rate(step: step) - wanted) < 1e-18, "step \(step)") }
    }

    @Test(arguments: [(0.0, 100, 0), (0.1, 900, 90), (0.1, 11, 2), (1.0, 10, 10), (0.25, 10, 3)])
    func `warm-up takes its share of the steps, rounded up`(ratio: Double, total: Int, steps: Int) throws {
        #expect(try Self.rate(["warmup_ratio": .double(ratio)], totalSteps: total).warmupSteps == steps)
        #expect(try Self.rate(["warmup_steps": .int(steps)], totalSteps: total).warmupSteps == steps)
    }

    @Test func `a run that is all warm-up stays below its peak`() throws {
        let rate = try Self.rate(
            ["lr_scheduler_type": .string("cosine"), "warmup_ratio": .int(1), "learning_rate": .int(1)], totalSteps: 4)
        #expect((0..<4).map { rate(step: $0) } == [0, 0.25, 0.5, 0.75])
    }

    @Test(arguments: Kind.allCases)
    func `past its end no schedule gives a rate that is none`(kind: Kind) throws {
        var settings: [String: SettingValue] = ["lr_scheduler_type": .string(kind.rawValue), "warmup_steps": .int(5)]
        if kind == .cosineWithMinimum { settings["min_lr_rate"] = .double(0.1) }
        if kind == .warmupStableDecay { settings["num_decay_steps"] = .int(2) }
        let rate = try Self.rate(settings, totalSteps: 5)
        #expect((0...9).allSatisfy { rate(step: $0).isFinite && rate(step: $0) >= 0 && rate(step: $0) <= 2e-4 })
    }
}
