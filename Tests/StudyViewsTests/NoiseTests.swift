import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

@testable import StudyViews

/// What a value may owe to luck, wherever it is shown.
@Suite struct NoiseTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }

    /// Trial 2 is the best; 0 and 4 are within its error, 4 by its better report; 3 is not, and 1 failed.
    init() throws {
        recorded = try RecordedStudy("reviews")
        try add(0, [0.85])
        try add(1, [0.859], state: .failed)
        try add(2, [0.84, 0.86, 0.85])
        try add(3, [0.84])
        try add(4, [0.80, 0.855])
    }

    private func add(_ number: Int, _ values: [Double], state: Trial.State = .complete, error: Double = 0.0109) throws {
        try recorded.add(
            number, state,
            reports: values.enumerated().map {
                Report(iter: $0 + 1, step: 10 * ($0 + 1), value: $1, metrics: ["eval_accuracy_se": error])
            })
    }

    private func object(_ value: SettingValue?) throws -> [String: SettingValue] {
        guard case .object(let object)? = value else { throw WrongShape() }
        return object
    }

    @Test func `the best tells its error, on how many trials it was chosen, and who is as good as it`() throws {
        let noise = try #require(try BestTrial(store).noise)
        #expect(noise.standardError == 0.0109 && noise.chosenFrom == 4 && noise.near.map(\.number) == [4, 0])
        let words = "trials 4 and 0 are within one standard error of the best: their order may be luck; "
        #expect(noise.warning("reviews --studies x") == words + "`autolora confirm reviews --studies x` tells them apart")
        // 1.02938 standard errors.
        #expect(
            noise.choice == "the best of 4 trials: were all equally good, luck alone would make it look up to 0.011 too good")
    }

    @Test func `what keys of JSON there were stay, and there are three more`() throws {
        let best = try object(BestTrial(store).json)
        #expect(best["standard_error"] == .double(0.0109) && best["chosen_from"] == .int(4))
        #expect(best["within_noise"] == .array([.int(4), .int(0)]) && best["value"] == .double(0.86))
        #expect(try object(BestTrial(store, trial: 3).json)["chosen_from"] == nil)
        #expect(try BestTrial(store, trial: 3).standardError == 0.0109)
    }

    @Test func `status says the same without reading every report`() throws {
        let status = try StudyStatus(store, now: 200)
        #expect(status.noise == (try BestTrial(store).noise))
        let json = try object(object(status.json)["best"])
        #expect(json["standard_error"] == .double(0.0109) && json["chosen_from"] == .int(4))
        #expect(json["within_noise"] == .array([.int(4), .int(0)]))
    }

    @Test func `trials show the error of each value`() throws {
        let table = try TrialTable(store)
        let lines = TrialLines.render(table.history.trials, of: table.history).split(separator: "\n")
        #expect(lines[0] == "trial  state     value      ±  reports  parameters")
        #expect(lines[3] == "    2  complete   0.86  0.011        3  r=8")
        #expect(
            table.csv.hasPrefix(
                "number,state,value,reports,seconds,launches,standard_error,r,error,log\n0,complete,0.85,1,10.0,1,0.0109,8"))
        guard case .array(let rows) = table.json else { throw WrongShape() }
        #expect(try object(rows[2])["standard_error"] == .double(0.0109))
    }

    @Test func `a trainer that tells of no error gets none, and no warning`() throws {
        let silent = try RecordedStudy("silent", goal: .minimize)
        try silent.add(0, value: 0.5, ["eval_loss_se": 0.1])
        try silent.add(1, value: 0.5, ["eval_accuracy_se": -1])
        let noise = try #require(try BestTrial(silent.store).noise)
        #expect(noise.standardError == nil && noise.luck == nil && noise.near.isEmpty && noise.warning("silent") == nil)
        #expect(noise.choice == "the best of 2 trials")
        #expect(try object(BestTrial(silent.store).json)["standard_error"] == nil)
        #expect(!(try TrialTable(silent.store).csv.contains("standard_error")))
        #expect(try StudyStatus(silent.store, now: 200).noise == noise)
    }

    @Test func `less is better where that is the goal, and one trial is chosen from itself`() throws {
        let other = try RecordedStudy("losses", metric: "eval_loss", goal: .minimize)
        try other.add(0, value: 0.5, ["eval_loss_se": 0.02])
        let alone = try #require(try BestTrial(other.store).noise)
        #expect(alone.choice == "the best of 1 trial" && alone.luck == 0)
        try other.add(1, value: 0.49, ["eval_loss_se": 0.02])
        try other.add(2, value: 0.52, ["eval_loss_se": 0.05])
        let noise = try #require(try BestTrial(other.store).noise)
        #expect(noise.near.map(\.number) == [0] && noise.warning("losses")?.hasPrefix("trial 0 is within") == true)
        #expect(try StudyStatus(other.store, now: 200).noise == noise)
    }

    @Test func `a trial that breaks a constraint is none to choose from`() throws {
        let other = try RecordedStudy("small", constraints: ["size": Limits(max: 10)])
        try other.add(0, value: 0.80, ["size": 5, "eval_accuracy_se": 0.02])
        try other.add(1, value: 0.81, ["size": 50, "eval_accuracy_se": 0.02])
        try other.add(2, value: 0.79, ["size": 5, "eval_accuracy_se": 0.02])
        let noise = try #require(try BestTrial(other.store).noise)
        #expect(noise.chosenFrom == 2 && noise.near.map(\.number) == [2])
        #expect(try StudyStatus(other.store, now: 200).noise == noise)
    }

    /// Trials 1 and 3 are the front. 0 would be on it were its accuracy better by its error, 2 would not, 4 has no error.
    @Test func `with two metrics it is the front that may be luck`() throws {
        let other = try RecordedStudy("two", otherMetrics: [Metric(name: "size", goal: .minimize)])
        try other.add(0, value: 0.79, ["size": 40, "eval_accuracy_se": 0.02])
        try other.add(1, value: 0.80, ["size": 40, "eval_accuracy_se": 0.01])
        try other.add(2, value: 0.60, ["size": 45, "eval_accuracy_se": 0.02])
        try other.add(3, value: 0.50, ["size": 10, "eval_accuracy_se": 0.03, "size_se": 2])
        try other.add(4, value: 0.799, ["size": 40])
        let noise = try #require(try BestTrial(other.store).noise)
        #expect(noise.isOfFront && noise.near.map(\.number) == [0] && noise.chosenFrom == 5)
        #expect(noise.choice == "the best of 5 trials by the first metric")
        #expect(noise.warning("two")?.hasPrefix("trial 0 would be on the front, were it better by one standard error") == true)
        let best = try object(BestTrial(other.store).json)
        #expect(best["near_front"] == .array([.int(0)]) && best["within_noise"] == nil)
        guard case .array(let front)? = best["front"] else { throw WrongShape() }
        #expect(try object(front[1])["standard_errors"] == .object(["eval_accuracy": .double(0.03), "size": .double(2)]))
        let lines = TrialLines.render(try other.store.history().trials, of: try other.store.history()).split(separator: "\n")
        #expect(lines[0] == "trial  state     front  value     ±  size  ±  reports  parameters")
        #expect(lines[4] == "    3  complete      *    0.5  0.03    10  2        1  r=8")
    }

    @Test func `of many trials the first are named`() throws {
        for number in 5..<16 { try add(number, [0.858]) }
        let noise = try #require(try BestTrial(store).noise)
        #expect(noise.warning("x")?.hasPrefix("trials 5, 6, 7, 8, 9, 10, 11, 12 and 5 more are within") == true)
    }

    /// From tables of the normal distribution's order statistics.
    @Test(arguments: [(1, 0), (2, 0.564_19), (3, 0.846_28), (10, 1.538_75), (40, 2.160_78), (100, 2.507_59), (1000, 3.241_44)])
    func `the highest of some draws is as far out as the tables say`(count: Int, deviations: Double) {
        #expect(abs(ExpectedMaximum.of(count) - deviations) < 2e-5)
    }

    @Test func `an error has two digits, and figures take theirs along`() {
        let values = [
            (0.0109, "0.011"), (0.0996, "0.1"), (12.34, "12"), (1234, "1200"), (0, "0"), (1e-7, "1e-07"), (0.994, "0.99"),
        ]
        for (error, text) in values { #expect(Measured.rounded(error) == text, "\(error)") }
        #expect(Measured.text(0.8542, 0.0109) == "0.8542 ± 0.011" && Measured.text(0.8542, nil) == "0.8542")
        let figures = Measured.figures(["test_loss": 0.5, "test_accuracy_se": 0.02, "test_accuracy": 0.75])
        #expect(figures.map(\.name) == ["test_accuracy", "test_loss"] && figures.map(\.text) == ["0.75 ± 0.02", "0.5"])
    }
}
