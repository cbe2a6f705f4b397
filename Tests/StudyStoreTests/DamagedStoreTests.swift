import Foundation
import GRDB
import Studies
import TestSupport
import Testing

@testable import StudyStore

/// What commands say of a store in which something is not as it was written.
@Suite(.timeLimit(.minutes(5))) struct DamagedStoreTests {
    private let recorded: RecordedStudy
    private let autolora: Autolora
    private var store: StudyStore { recorded.store }

    init() throws {
        recorded = try RecordedStudy("s")
        autolora = Autolora(in: recorded.temporary.path)
        try recorded.add(0, reports: [Report(iter: 1, value: 0.5), Report(iter: 2, value: 0.6)])
        try recorded.add(1, .paused, reports: [Report(iter: 1, value: 0.4)])
        try recorded.add(2, .failed, reports: [], error: "ended with exit code 1")
    }

    /// Changes what the store itself would never.
    private func spoil(_ sql: String) throws {
        let queue = try DatabaseQueue(path: store.folder.database)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF; " + sql) }
        try queue.close()
    }

    private func autolora(_ command: String) async throws -> Autolora.Result {
        let arguments = command == "list" ? [command] : [command, "s"]
        return try await autolora.wait(for: try autolora.start(arguments + ["--studies", "."]))
    }

    private var rest: String {
        "; `autolora verify s --studies \(recorded.temporary.path)` tells what is wrong with it"
    }

    private static let withoutNotNull = """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET sql = replace(sql, '"state" TEXT NOT NULL', '"state" TEXT') WHERE name = 'trial';
        PRAGMA writable_schema = RESET;
        """

    @Test(arguments: [
        ("UPDATE trial SET state = 'runing' || number", #"a trial is in the state "runing0", which there is not"#),
        (
            "UPDATE trial SET state = 'waiting' WHERE number = 0; UPDATE trial SET state = 'x' WHERE number = 1",
            #"a trial is in the state "x", which there is not"#
        ),
        (withoutNotNull + "UPDATE trial SET state = NULL WHERE number = 1", "a trial is in the state NULL, which there is not"),
        ("DROP TABLE report", "no such table: report"),
        ("UPDATE study SET seed = 'x'", #"could not decode Int from database value "x" - column: "seed", column index: 7"#),
        ("UPDATE study SET goal = 'high'", "column goal: Cannot initialize Goal from invalid String value high"),
        ("DELETE FROM study", "it has no study"),
    ])
    func `status names the file, what is wrong and the command that tells more`(sql: String, reason: String) async throws {
        try spoil(sql)
        let status = try await autolora("status")
        #expect(status.code == 2)
        #expect(
            status.errors == "autolora: \(store.folder.database): not a study that can be read: \(reason)\(rest)\n")
    }

    @Test(arguments: [
        ("ALTER TABLE report RENAME reported_at TO at", #"column not found: "reported_at""#),
        ("UPDATE trial SET state = 'runing'", "column state: Cannot initialize State from invalid String value runing"),
        ("UPDATE trial SET number = 7 WHERE number = 1", "trial 1 is not there, though 2 is"),
        ("UPDATE trial SET launches = 9223372036854775807", "trial 0 has 9223372036854775807 launches"),
        ("UPDATE report SET metrics = '{'", "column metrics, character 2: found the end, expected a name in quotes"),
        ("UPDATE report SET metrics = '{\"a\": \"x\"}'", "column metrics: 'a' is no number"),
        (
            "UPDATE report SET metrics = replace(hex(zeroblob(513)), '00', '[')",
            "column metrics, character 97: nested deeper than 96 levels"
        ),
        (
            "UPDATE trial SET assignment = replace(hex(zeroblob(513)), '00', '{\"a\":')",
            "column assignment, character 481: nested deeper than 96 levels"
        ),
        (
            "UPDATE report SET metrics = '{\"' || hex(zeroblob(9000000)) || '\": 1}'",
            "column metrics: is larger than 16MiB"
        ),
    ])
    func `so do the commands that read every trial`(sql: String, reason: String) async throws {
        try spoil(sql)
        for command in ["trials", "best"] {
            let result = try await autolora(command)
            #expect(result.code == 2)
            #expect(result.errors.hasPrefix("autolora: \(store.folder.database): not a study that can be read: "))
            #expect(result.errors.hasSuffix(reason + rest + "\n"), "\(result.errors)")
        }
    }

    @Test func `blobs and texts of one state are counted together`() throws {
        try spoil(
            "UPDATE trial SET state = 'paused' WHERE number = 0; UPDATE trial SET state = x'706175736564' WHERE number = 1")
        #expect(try store.tally().counts == [.paused: 2, .failed: 1])
    }

    @Test(arguments: ["seen_at = 9e300", "started_at = -9e300", "seen_at = 9e999, started_at = 9e999"])
    func `times that are none end no command`(columns: String) async throws {
        try spoil("UPDATE run SET " + columns + "; UPDATE trial SET started_at = 9e300, ended_at = -9e300")
        #expect(try store.seconds(runningUntil: nil) == 0)
        let status = try await autolora("status")
        #expect(status.code == 0 && status.output.contains("worked    0s\n"), "\(status.errors)")
        #expect(try await autolora.run("trials", "s", "--studies", ".", "--json").code == 0)
    }

    @Test func `one damaged study is named in the list, and the others are shown`() async throws {
        try FileManager.default.copyItem(atPath: store.folder.path, toPath: recorded.temporary.path + "/another")
        try FileManager.default.copyItem(atPath: store.folder.path, toPath: recorded.temporary.path + "/third")
        try spoil("UPDATE trial SET state = 'runing' || number")
        let list = try await autolora("list")
        let lines = list.output.split(separator: "\n")
        #expect(list.code == 0 && lines.count == 3)
        for (line, name) in zip(lines, ["another", "third"]) where line.hasPrefix(name) {
            #expect(line.hasSuffix("interrupted  3 of 3 trials  best 0.6"))
        }
        #expect(
            lines.contains { $0.hasPrefix("s  \(store.folder.database): not a study") && $0.contains("autolora verify s ") })
        let json = try await autolora.run("list", "--json", "--studies", ".")
        #expect(try (json.json() as? [Any])?.count == 2)
        #expect(json.errors.hasPrefix("autolora: study s: \(store.folder.database): not a study"))
    }

    @Test func `what is written into a store without its tables is refused as damaged`() throws {
        try spoil("DROP TABLE event")
        let error = #expect(throws: StudyStoreError.self) { try store.ranOut(at: 1) }
        #expect(error?.reason == "no such table: event")
    }
}
