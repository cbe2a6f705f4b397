import GRDB
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore

/// The names of what a study has, without reading its trials.
@Suite struct NamesTests {
    @Test func `parameters are those of all trials, figures those of their latest reports`() throws {
        let recorded = try RecordedStudy("s")
        #expect(try recorded.store.names() == ([], []))
        try recorded.add(0, .complete, ["r": .int(8)], reports: [Report(iter: 1, value: 0.5, metrics: ["first": 1, "b": 2])])
        try recorded.add(
            1, .complete, ["r": .int(8), "É \"x\"": .array([.string("q")])],
            reports: [
                Report(iter: 1, value: 0.5, metrics: ["gone": 1]), Report(iter: 2, value: 0.4, metrics: ["a.c": .nan]),
            ])
        try recorded.add(2, .failed, ["only": .null], reports: [])
        let names = try recorded.store.names()
        #expect(names.parameters == ["only", "r", "É \"x\""])
        #expect(names.figures == ["a.c", "b", "first"])
    }

    @Test(arguments: ["", "{", "[1, 2]", "3", "\"x\"", "null"])
    func `what is no object has no names, and hides no others`(_ cell: String) throws {
        let recorded = try RecordedStudy("s")
        try recorded.add(0, value: 0.5, ["a": 1])
        try recorded.add(1, value: 0.5, ["b": 1])
        try DatabaseQueue(path: recorded.store.folder.database).write { db in
            try db.execute(sql: "UPDATE trial SET assignment = ? WHERE number = 1", arguments: [cell])
            try db.execute(sql: "UPDATE report SET metrics = ? WHERE trial = 1", arguments: [cell])
        }
        #expect(try recorded.store.names() == (["r"], ["a"]))
    }
}
