import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TestSupport
import Testing
import TrainerSettings

@Suite struct StudyViewsTests {
    private let recorded: RecordedStudy
    private var temporary: TemporaryFolder { recorded.temporary }
    private var store: StudyStore { recorded.store }

    /// A study of three trials: a winner with an adapter, one that failed, one that reported NaN.
    init() throws {
        recorded = try RecordedStudy("reviews")
        let targets = SettingValue.array([.string("query"), .string("value")])
        try add(0, .complete, ["r": .int(8), "target_modules": targets], [0.5, 0.8, 0.7])
        try add(1, .failed, ["r": .int(4), "target_modules": .string("all-linear")], [0.9], error: "said \"no\",\nand ended")
        try add(2, .pruned, ["r": .int(2)], [.nan])
        try store.endRun("finished", finished: true, at: 200)
        _ = try temporary.write("{}", to: "reviews/trials/0/adapter/adapter_config.json")
        _ = try temporary.write(
            #"{"trial": 0, "parameters": {"r": 8}, "trainer": {"type": "lora", "r": 8, "learning_rate": 0.001}}"#,
            to: "reviews/trials/0/config.json")
    }

    private func add(
        _ number: Int, _ state: Trial.State, _ values: [String: SettingValue], _ reports: [Double], error: String? = nil
    ) throws {
        let lines = reports.enumerated().map { index, value in
            Report(iter: index + 1, step: (index + 1) * 10, value: value, metrics: ["loss": 1 - value])
        }
        try recorded.add(number, state, values, reports: lines, error: error)
    }

    private func object(_ value: SettingValue) throws -> [String: SettingValue] {
        let text = JSONWriter.text(value, .shown)
        return try JSONDecoder().decode([String: SettingValue].self, from: Data(text.utf8))
    }

    @Test func `status has its keys and figures`() throws {
        let status = try object(try StudyStatus(store, now: 300).json)
        #expect(Set(status.keys) == ["study", "state", "metric", "trials", "reports", "best", "seconds", "failures"])
        #expect(status["state"] == .string("finished"))
        #expect(status["reports"] == .int(5))
        #expect(status["seconds"] == .int(100))
        #expect(
            status["trials"]
                == .object([
                    "total": .int(3), "waiting": .int(0), "running": .int(0), "paused": .int(0), "complete": .int(1),
                    "pruned": .int(1), "failed": .int(1),
                ]))
        guard case .object(let best)? = status["best"] else { throw WrongShape() }
        #expect(Set(best.keys) == ["trial", "value", "step", "parameters", "chosen_from"])
        #expect((best["trial"], best["value"], best["step"]) == (.int(0), .double(0.8), .int(20)))
    }

    @Test func `a study is running while it is held and interrupted when nobody finished it`() throws {
        try store.beginRun(at: 300)
        #expect(try StudyStatus(store, now: 310).state == .interrupted)
        let lock = try StudyLock(store.folder)
        let status = try StudyStatus(store, now: 310)
        #expect(status.state == .running)
        #expect(status.seconds == 110)
        _ = consume lock
    }

    @Test func `every trial is listed with its reports`() throws {
        guard case .array(let trials) = try TrialTable(store).json else { throw WrongShape() }
        #expect(trials.count == 3)
        let first = try object(trials[0])
        #expect(
            Set(first.keys) == [
                "number", "state", "parameters", "value", "reports", "started_at", "ended_at", "seconds", "launches", "error",
                "infeasible",
            ])
        #expect(first["infeasible"] == .null)
        #expect(first["value"] == .double(0.8))
        #expect(first["seconds"] == .int(10))
        #expect(first["started_at"] == .string("1970-01-01T00:01:50Z"))
        guard case .array(let reports)? = first["reports"] else { throw WrongShape() }
        #expect(try Set(object(reports[0]).keys) == ["iter", "step", "value", "metrics", "details"])
        #expect(try object(trials[2])["value"] == .null)
        #expect(try object(trials[1])["error"] == .string("said \"no\",\nand ended"))
    }

    @Test func `comma-separated values are quoted where they must be`() throws {
        let csv = try TrialTable(store).csv
        #expect(
            csv.hasPrefix("number,state,value,reports,seconds,launches,r,target_modules,error,log\n0,complete,0.8,3,10.0,1,8,"))
        #expect(csv.contains("\"[query, value]\""))
        #expect(csv.contains("\"said \"\"no\"\",\nand ended\""))
    }

    @Test func `the best is the best report of a trial that did not fail`() throws {
        let best = try BestTrial(store)
        #expect(best.trial.id == Trial.ID(0))
        #expect(best.report.step == 20)
        let json = try object(best.json)
        #expect(Set(json.keys) == ["trial", "value", "step", "parameters", "metrics", "test", "adapter", "chosen_from"])
        #expect(json["test"] == .null)
        try store.recordTest(of: Trial.ID(0), metrics: ["test_accuracy": 0.75], at: 201)
        #expect(try object(try BestTrial(store).json)["test"] == .object(["test_accuracy": .double(0.75)]))
    }

    @Test func `a trial that is not there or has nothing to show is refused`() throws {
        #expect(throws: StudyViewError.self) { try BestTrial(store, trial: 9) }
        #expect(throws: StudyViewError.self) { try BestTrial(store, trial: 2) }
        #expect(try BestTrial(store, trial: 1).report.value == 0.9)
    }

    @Test func `a table that takes what is new is the table that is read whole`() throws {
        var table = try TrialTable(store)
        try add(3, .complete, ["r": .int(16)], [0.95])
        table.take(try store.news(since: table.mark))
        let fresh = try TrialTable(store)
        #expect(table.trials.count == 4 && table.mark == fresh.mark)
        // As text: one trial has reported NaN, which is not equal to itself.
        #expect(JSONWriter.text(table.json, .shown) == JSONWriter.text(fresh.json, .shown) && table.csv == fresh.csv)
    }
}

struct WrongShape: Error {}
