import Foundation
import GRDB
import Studies
import TestSupport
import Testing

@testable import StudyStore

@Suite struct VerificationTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }

    init() throws {
        recorded = try RecordedStudy("s")
        try recorded.add(0, reports: [Report(iter: 1, step: 10, value: 0.5), Report(iter: 2, step: 20, value: 0.6)])
        try recorded.add(1, .failed, reports: [], error: "ended with exit code 1")
        try recorded.add(2, .paused, reports: [Report(iter: 1, value: .nan)])
    }

    /// Changes what the store itself would never.
    private func spoil(_ sql: String) throws {
        let queue = try DatabaseQueue(path: store.folder.database)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF; " + sql) }
        try queue.close()
    }

    @Test func `a sound study has nothing wrong with it`() throws {
        #expect(store.damages().isEmpty)
        try store.endRun("interrupted", finished: false, at: 130)
        #expect(try StudyStore.open(store.folder, for: .reading).damages().isEmpty)
    }

    @Test(arguments: [
        ("UPDATE trial SET state = 'runing' WHERE number = 0", #"trial 0 is in the state "runing", which there is not"#),
        ("UPDATE trial SET number = 5 WHERE number = 1", "its trials have the numbers 0 to 5, though they are 3"),
        ("UPDATE study SET run_cap = 2", "it has 3 trials, more than its run_cap 2"),
        ("UPDATE trial SET assignment = '{' WHERE number = 2", "trial 2's parameters are no JSON"),
        ("UPDATE report SET metrics = 'x' WHERE iter = 2", "trial 0's report 2 has figures that are no JSON"),
        (
            "UPDATE report SET iter = 3 WHERE iter = 2; UPDATE event SET iter = 3 WHERE kind = 'reported' AND iter = 2",
            "trial 0 has 2 reports, though the last is number 3"
        ),
        ("INSERT INTO report VALUES (7, 1, 1, 1, '{}', 0, NULL)", "there is no trial 7, though a report 1 of it"),
        (
            "DELETE FROM report WHERE trial = 2; DELETE FROM event WHERE trial = 2",
            "trial 2 is paused, though it has no report"
        ),
        ("UPDATE trial SET launches = 0 WHERE number = 0", "trial 0 has reports, though it was never launched"),
        ("UPDATE study SET finished_at = 9", #"trial 2 is "paused", though the study is finished"#),
        ("UPDATE trial SET ended_at = 9 WHERE number = 2", #"trial 2 is "paused", which its time of ending contradicts"#),
        ("DELETE FROM study", "it has 0 studies where there is one"),
        (
            "DELETE FROM report WHERE trial = 0 AND iter = 2",
            "event 8 is trial 0's report 2, which there is not"
        ),
        ("UPDATE trial SET assignment = '[]' WHERE number = 2", "trial 2's parameters are no JSON"),
        ("UPDATE study SET workers = 0", "it has 0 workers and a run_cap of 3, with which nothing can be run"),
        ("UPDATE run SET seen_at = 9e300", "run 1 began at 100.0 and was seen last at 9e+300, which are no times"),
        ("UPDATE study SET seed = 'x'", #"table 'study', row id 1: seed is "x", no number"#),
        ("UPDATE report SET value = 'x' WHERE iter = 2", #"table 'report', row trial 0, iter 2: value is "x", no number"#),
        ("UPDATE study SET constraints = '[1]'", "column constraints: it is no object"),
        ("UPDATE event SET kind = 'x' WHERE kind = 'began'", #"event 8 is of the kind "x", which there is not"#),
        ("UPDATE event SET trial = NULL WHERE kind = 'added' AND trial = 1", #"event 8 ("added") does not say what happened"#),
        ("DELETE FROM event WHERE kind = 'reported' AND trial = 2", "trial 2's report 1 came in no event"),
        (
            "INSERT INTO event SELECT 99, at, kind, trial, iter, state, run_cap FROM event WHERE kind = 'reported' AND iter = 2",
            "trial 0's report 2 came in 2 events"
        ),
        (
            "UPDATE event SET state = 'pruned' WHERE kind = 'settled' AND trial = 0",
            #"trial 0 is "complete", though the event of its end says "pruned""#
        ),
        ("DROP TABLE event", "its table 'event' is missing"),
        ("ALTER TABLE report DROP COLUMN details", "table 'report' lacks the column 'details'"),
        (
            "DELETE FROM grdb_migrations WHERE identifier = 'v3'",
            "the list of its schema's versions is not whole: [v1, v2, v4, v5, v6, v7, v8, v9]"
        ),
    ])
    func `what contradicts itself is named, with what to do`(sql: String, problem: String) throws {
        try spoil(sql)
        let damages = store.damages()
        #expect(damages.count == 1)
        #expect(damages.allSatisfy { $0.problem.replacing(/event \d+/, with: "event 8").hasPrefix(problem) })
        #expect(damages.allSatisfy { $0.place == store.folder.database && $0.advice.hasPrefix("take the study's folder") })
    }

    @Test func `a study that an earlier version began has no events of its beginning`() throws {
        try spoil("DELETE FROM event WHERE trial < 2; UPDATE event SET at = at + 1; UPDATE run SET started_at = 99")
        #expect(store.damages().isEmpty)
    }

    @Test func `pages that are overwritten are found`() throws {
        try store.endRun("interrupted", finished: false, at: 130)
        let sql = "SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = 'report'"
        let page = try #require(try store.pool.read { try UInt64.fetchOne($0, sql: sql) })
        let file = try FileHandle(forUpdating: URL(filePath: store.folder.database))
        try file.seek(toOffset: (page - 1) * 4096)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 300))
        try file.close()
        let damages = try StudyStore.open(store.folder, for: .reading).damages()
        #expect(!damages.isEmpty)
        #expect(damages.allSatisfy { $0.advice.hasSuffix("sqlite3 study.sqlite .recover") })
    }
}
