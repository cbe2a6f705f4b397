import Foundation
import GRDB
import Studies
import TestSupport
import Testing

@testable import StudyStore

/// A study's folder that somebody has sent: what stands in it under the names of its own files.
@Suite(.timeLimit(.minutes(5))) struct StrangerTests {
    private let recorded: RecordedStudy
    private var folder: StudyFolder { recorded.store.folder }
    private var secret: String { recorded.temporary.path + "/secret" }

    init() throws {
        recorded = try RecordedStudy("s")
        try recorded.add(0, reports: [Report(iter: 1, value: 0.5)])
        try recorded.store.pool.close()
        for part in ["config.json", "log.txt", "adapter/adapter_config.json", "checkpoint/state"] {
            _ = try recorded.temporary.write("{}", to: "s/trials/0/" + part)
        }
        _ = try recorded.temporary.write("secret", to: "secret")
    }

    private func replace(_ name: String, _ put: (String) -> Int32) {
        let path = folder.path + "/" + name
        try? FileManager.default.removeItem(atPath: path)
        #expect(put(path) == 0)
    }

    private static let kinds: [@Sendable (String, String) -> Int32] = [
        { symlink($1, $0) }, { path, _ in mkfifo(path, 0o600) }, { path, _ in symlink("/dev/zero", path) },
        { path, _ in symlink("/nowhere/at/all", path) }, { link($1, $0) },
    ]

    @Test(
        arguments: ["study.sqlite", "study.sqlite-wal", "study.sqlite-shm", "study.sqlite-journal", "lock", "trials", "cache"],
        0..<5)
    func `what stands for the store's files is refused by name`(name: String, kind: Int) throws {
        replace(name) { Self.kinds[kind]($0, secret) }
        guard access(folder.database, F_OK) == 0 else { return }
        for purpose in [StudyStore.Purpose.reading, .writing] {
            let error = #expect(throws: StudyStoreError.self) { try StudyStore.open(folder, for: purpose) }
            #expect(error?.description.hasPrefix("\(folder.path)/\(name): is a ") == true, "\(error.map { "\($0)" } ?? "")")
        }
        #expect(throws: StudyStoreError.self) { _ = try StudyLock(folder) }
        #expect(StudyLock.holder(of: folder) == nil)
        #expect(recorded.temporary.read("secret") == "secret")
    }

    @Test(
        arguments: [
            "", "/config.json", "/log.txt", "/parameters.json", "/launch.json", "/processes", "/output.txt", "/ended.json",
            "/ahead.json", "/adapter", "/checkpoint",
        ], 0..<5)
    func `so is what stands for a trial's`(name: String, kind: Int) throws {
        replace("trials/0" + name) { Self.kinds[kind]($0, secret) }
        let error = #expect(throws: StudyStoreError.self) { try folder.requireOwnFiles(of: Trial.ID(0)) }
        #expect(error?.description.hasPrefix("\(folder.path)/trials/0\(name): is a ") == true)
        #expect(throws: Never.self) { try folder.requireOwnFiles(of: Trial.ID(1)) }
    }

    @Test(arguments: 0..<5)
    func `so is what stands where a trial to come will have its folder`(kind: Int) throws {
        #expect(folder.strangersToCome(after: 1).isEmpty)
        replace("trials/7") { Self.kinds[kind]($0, secret) }
        let found = folder.strangersToCome(after: 1)
        #expect(found.count == 1 && found[0].description.hasPrefix("\(folder.path)/trials/7: is a "))
        #expect(folder.strangersToCome(after: 8).isEmpty)
    }

    @Test func `a trainer's link to what lies in its trial's folder is its own`() throws {
        replace("trials/0/adapter") { symlink("checkpoint", $0) }
        #expect(throws: Never.self) { try folder.requireOwnFiles(of: Trial.ID(0)) }
        replace("trials/0/adapter") { symlink("../../..", $0) }
        #expect(throws: StudyStoreError.self) { try folder.requireOwnFiles(of: Trial.ID(0)) }
    }

    @Test(arguments: [
        ("CREATE VIEW extra AS SELECT 1", "the view 'extra'"),
        ("CREATE TRIGGER extra AFTER INSERT ON report BEGIN DELETE FROM trial; END", "the trigger 'extra'"),
        ("DROP TABLE event; CREATE VIEW event AS SELECT 1", "the view 'event'"),
        ("CREATE VIRTUAL TABLE extra USING fts5(x)", "the virtual table 'extra'"),
    ])
    func `what runs when a store is read or written is refused`(sql: String, words: String) throws {
        let queue = try DatabaseQueue(path: folder.database)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
        for purpose in [StudyStore.Purpose.reading, .writing] {
            let error = #expect(throws: StudyStoreError.self) { try StudyStore.open(folder, for: purpose) }
            #expect(
                error?.description.contains("it has \(words), which no autolora has made") == true,
                "\(error.map { "\($0)" } ?? "")")
        }
    }
}
