import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct LearningRateTests {
    typealias Kind = TrainerSettings.LearningRateSchedule

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
    func `the rates are those of transformers`(kind: Kind, expected: [Double]) {
        let rate = LearningRate(peak: 2e-4, schedule: kind, warmupRatio: 0.25, totalSteps: 10)
        for (step, wanted) in expected.enumerated() { #expect(abs(rate(step: step) - wanted) < 1e-18, "step \(step)") }
    }

    @Test(arguments: [(0.0, 100, 0), (0.1, 900, 90), (0.1, 11, 2), (1.0, 10, 10), (0.25, 10, 3)])
    func `warm-up takes its share of the steps, rounded up`(ratio: Double, total: Int, steps: Int) {
        #expect(LearningRate(peak: 1, schedule: .linear, warmupRatio: ratio, totalSteps: total).warmupSteps == steps)
    }

    @Test func `a run that is all warm-up stays below its peak`() {
        let rate = LearningRate(peak: 1, schedule: .cosine, warmupRatio: 1, totalSteps: 4)
        #expect((0..<4).map { rate(step: $0) } == [0, 0.25, 0.5, 0.75])
    }
}
