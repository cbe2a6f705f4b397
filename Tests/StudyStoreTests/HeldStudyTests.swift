import Foundation
import GRDB
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore

/// What becomes of a run whose files are moved, removed or replaced under it.
@Suite struct HeldStudyTests {
    private let recorded: RecordedStudy
    private var folder: StudyFolder { recorded.store.folder }

    init() throws { recorded = try RecordedStudy("s") }

    /// Adds a trial as the holder of the lock would, after something was done to the files.
    private func refusal(after harm: (StudyFolder) throws -> Void) throws -> String? {
        let lock = try StudyLock(folder)
        let store = recorded.store.held(by: lock)
        try store.add(Trial(id: Trial.ID(0), assignment: ["x": .int(0)]), at: 110)
        try harm(folder)
        let error = #expect(throws: StudyStoreError.self) {
            try store.add(Trial(id: Trial.ID(1), assignment: ["x": .int(1)]), at: 120)
        }
        #expect(throws: StudyStoreError.self) { try store.endRun("interrupted", finished: false, at: 130) }
        _ = consume lock
        return error?.description
    }

    private func move(_ path: String) throws { try FileManager.default.moveItem(atPath: path, toPath: path + ".old") }

    /// Numbers of the trials in the file alone, whoever still writes to what was once beside it.
    private func trialsOnDisk() throws -> [Int] {
        let copy = recorded.temporary.path + "/copy.sqlite"
        try FileManager.default.copyItem(atPath: folder.database, toPath: copy)
        return try DatabaseQueue(path: copy).read { try Int.fetchAll($0, sql: "SELECT number FROM trial ORDER BY number") }
    }

    @Test func `a lock that was removed ends the run`() throws {
        let refusal = try refusal { try FileManager.default.removeItem(atPath: $0.lock) }
        #expect(refusal?.contains("its lock \(folder.lock) was removed or replaced") == true)
        #expect(refusal?.hasSuffix("this run ends its trials and records nothing more") == true)
    }

    @Test func `a lock that another run has put there ends the run`() throws {
        let refusal = try refusal { folder in
            try FileManager.default.removeItem(atPath: folder.lock)
            let other = try StudyLock(folder)
            _ = consume other
        }
        #expect(refusal?.contains("so that another run may have begun") == true)
    }

    @Test func `a folder that was moved ends the run, and nothing is made where it was`() throws {
        let refusal = try refusal { try move($0.path) }
        #expect(refusal?.contains("its folder \(folder.path) was moved or replaced") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func `another store in the place of the run's ends it and is left as it is`() throws {
        let other = Data("other".utf8)
        let refusal = try refusal { folder in
            try move(folder.database)
            try other.write(to: URL(filePath: folder.database))
        }
        #expect(refusal?.contains("study.sqlite was removed or replaced") == true)
        #expect(try Data(contentsOf: URL(filePath: folder.database)) == other)
    }

    @Test func `what a removed log had is saved into the file, and the run ends`() throws {
        let refusal = try refusal { try FileManager.default.removeItem(atPath: $0.database + "-wal") }
        #expect(refusal?.contains("study.sqlite-wal was removed or replaced while it ran") == true)
        #expect(try trialsOnDisk() == [0])
    }

    @Test func `readers say that the log of a study that runs is gone`() throws {
        let lock = try StudyLock(folder)
        let store = recorded.store.held(by: lock)
        try store.add(Trial(id: Trial.ID(0), assignment: ["x": .int(0)]), at: 110)
        #expect(try StudyStore.open(folder, for: .reading).trials().count == 1)
        try FileManager.default.removeItem(atPath: folder.database + "-wal")
        let error = #expect(throws: StudyStoreError.self) { try StudyStore.open(folder, for: .reading) }
        #expect(error?.description.contains("-wal was removed or replaced while the study runs") == true)
        _ = consume lock
    }
}
