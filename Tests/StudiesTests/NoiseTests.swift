import SearchSpaces
import Studies
import Testing

@Suite struct NoiseTests {
    private let report = Report(
        iter: 1, value: 0.8,
        metrics: [
            "eval_accuracy_se": 0.0125, "size": 40, "size_se": 2, "loss_se": -1, "f1_se": .nan, "error_se": .infinity,
            "time_se": 0,
        ])

    @Test func `a figure's standard error is the figure of its name with _se, a number of at least 0`() {
        #expect(report.standardError(of: "eval_accuracy") == 0.0125 && report.standardError(of: "time") == 0)
        for name in ["loss", "f1", "error", "eval_loss", ""] { #expect(report.standardError(of: name) == nil, "\(name)") }
    }

    @Test func `a study reads those of its metrics by their names`() {
        let metric = Metric(name: "eval_accuracy", goal: .maximize)
        let others = [Metric(name: "size", goal: .minimize), Metric(name: "loss", goal: .minimize)]
        let study = History(metric, otherMetrics: others)
        #expect(study.standardError(of: report) == 0.0125 && study.standardErrors(of: report) == [0.0125, 2, nil])
        #expect(History(goal: .maximize).standardError(of: report) == nil)
    }

    @Test func `a study that gets its metric's name from a trial reads it from then on`() {
        let study = History(
            goal: .minimize, constraints: ["size": Limits(max: 50)], trials: [Trial(id: .init(0), assignment: [:])])
        let named = study.after(Metric(name: "eval_accuracy", goal: .maximize))
        #expect(named.standardError(of: report) == 0.0125 && named.goal == .maximize)
        #expect(named.trials == study.trials && named.constraints == study.constraints)
    }
}
