import GRDB
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore

@Suite struct EarlierStudiesTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }

    init() throws {
        recorded = try RecordedStudy("s", metric: "loss", goal: .minimize, constraints: ["memory": Limits(max: 10)])
    }

    private func study(_ name: String, values: [Double?]) -> EarlierStudy {
        let trials = values.enumerated().map { number, value in
            Trial(
                id: Trial.ID(number), assignment: ["x": .double(Double(number))], state: value == nil ? .failed : .complete,
                reports: value.map { [Report(iter: 1, value: $0 + 1), Report(iter: 2, value: $0, metrics: ["m": 1])] } ?? [])
        }
        return EarlierStudy(name: name, history: History(goal: .minimize, trials: trials))
    }

    @Test func `What a study learns from is kept with it, in order, a best report for each trial`() throws {
        #expect(try store.earlierStudies().isEmpty)
        let studies = [study("z", values: [3, nil, 1]), study("a", values: [2])]
        try store.record(studies)
        let kept = try StudyStore.open(store.folder, for: .writing).earlierStudies()
        #expect(kept.map(\.name) == ["z", "a"])
        #expect(kept[0].history.trials.map(\.state) == [.complete, .failed, .complete])
        #expect(kept[0].history.trials.map { $0.reports.map(\.value) } == [[3], [], [1]])
        #expect(kept[0].history.trials[2].reports[0].iter == 2)
        #expect(kept[1].history.trials[0].assignment == ["x": .double(0)])
    }

    @Test func `A history knows the study's constraints`() throws {
        #expect(try store.history().constraints == ["memory": Limits(max: 10)])
    }

    @Test func `A study of the first version has none, and is read as it is`() throws {
        try store.pool.writeWithoutTransaction { db in
            try db.execute(sql: "DROP TABLE earlier_trial")
            try db.execute(sql: "DROP TABLE event")
            try db.execute(sql: "DROP TABLE request")
            try db.execute(sql: "DROP TABLE job")
            try db.execute(sql: "ALTER TABLE study DROP COLUMN constraints")
            try db.execute(sql: "ALTER TABLE study DROP COLUMN other_metrics")
            try db.execute(sql: "ALTER TABLE report DROP COLUMN details")
            try db.execute(sql: "ALTER TABLE trial DROP COLUMN infeasible")
            try db.execute(sql: "ALTER TABLE trial DROP COLUMN halvings")
            for column in ["purpose", "confirms", "seed", "test_metrics", "enqueued_by", "pruned_by"] {
                try db.execute(sql: "ALTER TABLE trial DROP COLUMN \(column)")
            }
            try db.execute(sql: "ALTER TABLE study DROP COLUMN confirmation")
            try db.execute(sql: "ALTER TABLE study DROP COLUMN runner")
            try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier <> 'v1'")
        }
        let reader = try StudyStore.open(store.folder, for: .reading)
        #expect(try reader.history().constraints.isEmpty)
        let writer = try StudyStore.open(store.folder, for: .writing)
        #expect(try writer.earlierStudies().isEmpty)
        #expect(try writer.study().constraints == nil)
        #expect(try writer.events().isEmpty)
    }
}
