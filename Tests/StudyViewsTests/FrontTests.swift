import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TestSupport
import Testing
import TrainerSettings

/// Two metrics: what none beats in both is the front, wherever trials are shown.
@Suite struct FrontTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }

    /// Trials 1 and 3 are the front; 0 is worse in both than 1, 2 lacks the size.
    init() throws {
        recorded = try RecordedStudy("small", otherMetrics: [Metric(name: "size", goal: .minimize)])
        try recorded.add(0, value: 0.7, ["size": 50])
        try recorded.add(
            1, .pruned,
            reports: [
                Report(iter: 1, step: 5, value: 0.6, metrics: ["size": 1]),
                Report(iter: 2, step: 9, value: 0.8, metrics: ["size": 40]),
            ])
        try recorded.add(2, value: 0.9, [:])
        try recorded.add(3, value: 0.5, ["size": 10])
        _ = try recorded.temporary.write("{}", to: "small/trials/3/adapter/adapter_config.json")
    }

    private func object(_ value: SettingValue?) throws -> [String: SettingValue] {
        guard case .object(let object)? = value else { throw WrongShape() }
        return object
    }

    @Test func `best keeps its shape, and has the front besides, the best by the first metric first`() throws {
        let best = try object(try BestTrial(store).json)
        let keys: Set = [
            "trial", "value", "step", "parameters", "metrics", "test", "adapter", "front", "note", "chosen_from", "near_front",
        ]
        #expect(Set(best.keys) == keys)
        #expect((best["trial"], best["value"], best["step"]) == (.int(1), .double(0.8), .int(9)))
        guard case .array(let front)? = best["front"] else { throw WrongShape() }
        let first = try object(front[0])
        #expect(Set(first.keys) == ["trial", "values", "step", "parameters", "adapter"])
        #expect(first["values"] == .object(["eval_accuracy": .double(0.8), "size": .double(40)]))
        #expect(first["adapter"] == .null)
        let second = try object(front[1])
        #expect(second["trial"] == .int(3))
        #expect(second["adapter"] == .string(store.folder.adapter(of: Trial.ID(3))))
        #expect(front.count == 2)
    }

    @Test func `each trial tells whether it is on the front, and what it reached`() throws {
        let table = try TrialTable(store)
        guard case .array(let rows) = table.json else { throw WrongShape() }
        #expect(try rows.map { try object($0)["front"] } == [.bool(false), .bool(true), .bool(false), .bool(true)])
        #expect(try object(object(rows[0])["values"]) == ["eval_accuracy": .double(0.7), "size": .double(50)])
        let lines = table.csv.split(separator: "\n")
        #expect(lines[0] == "number,state,value,reports,seconds,launches,front,size,r,error,log")
        #expect(lines[2] == "1,pruned,0.8,2,10.0,1,true,40.0,8,,")
        #expect(lines[3] == "2,complete,0.9,1,10.0,1,false,,8,,")
    }

    @Test func `status tells the front's size and the metrics`() throws {
        let status = try object(try StudyStatus(store, now: 200).json)
        #expect(status["front"] == .int(2))
        #expect(
            status["metrics"]
                == .array([
                    .object(["name": .string("eval_accuracy"), "goal": .string("maximize")]),
                    .object(["name": .string("size"), "goal": .string("minimize")]),
                ]))
        #expect(try object(status["best"])["trial"] == .int(1))
    }

    @Test func `where no line bears all metrics, that is said`() throws {
        let other = try RecordedStudy("lacking", otherMetrics: [Metric(name: "size", goal: .minimize)])
        try other.add(0, value: 0.7, ["sise": 50])
        let error = try #require(throws: StudyViewError.self) { try BestTrial(other.store) }
        #expect(
            error.description
                == "study 'lacking': no trial reports all metrics in one line; trial 0's best report lacks size")
    }

    @Test func `a study of one metric shows no front anywhere`() throws {
        let single = try RecordedStudy("single")
        try single.add(0, value: 0.7, [:])
        #expect(try BestTrial(single.store).front == nil)
        #expect(try object(StudyStatus(single.store, now: 200).json)["front"] == nil)
        #expect(try !TrialTable(single.store).csv.contains("front"))
    }
}
