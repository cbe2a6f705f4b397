import Foundation
import GRDB
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore

@Suite struct StudyStoreTests {
    private let temporary: TemporaryFolder
    private let folder: StudyFolder

    init() throws {
        temporary = try TemporaryFolder()
        folder = try StudyFolder(root: temporary.path, name: "reviews")
    }

    private var record: StudyRecord {
        StudyRecord(
            name: "reviews", metric: "eval_accuracy", goal: .maximize, spaceFile: "name: reviews\n",
            spaceFileName: "space.yaml", folder: "/", seed: 7, runCap: 4, workers: 2, createdAt: 100)
    }

    private func trial(_ number: Int, _ state: Trial.State = .waiting) -> Trial {
        Trial(id: Trial.ID(number), assignment: ["r": .int(8), "lr": .double(1e-3), "t": .array([.string("q")])], state: state)
    }

    @Test func `a study is made once and refuses to be made again`() throws {
        let store = try StudyStore.create(record, in: folder)
        #expect(try store.study() == record)
        #expect(throws: StudyStoreError.exists(name: "reviews", folder: folder.path)) {
            try StudyStore.create(record, in: folder)
        }
    }

    @Test func `what a creation that was cut short left is in no next one's way`() throws {
        try folder.make()
        for end in ["", "-wal", "-shm", "-journal"] {
            _ = try temporary.write("left behind", to: "reviews/study.sqlite.new" + end)
        }
        #expect(try StudyStore.create(record, in: folder).study() == record)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".new") }
        #expect(left.isEmpty)
    }

    @Test func `what happened is read back by another opener`() throws {
        let store = try StudyStore.create(record, in: folder)
        try store.beginRun(at: 100)
        var trial = trial(0)
        try store.add(trial, at: 101)
        (trial.state, trial.launches, trial.milestone) = (.running, 1, 3)
        try store.launched(trial, at: 102)
        let reports = [
            Report(iter: 1, step: 10, value: 0.5, metrics: ["loss": 0.7], details: ["precision": "bf16"]),
            Report(iter: 2, value: .infinity),
            Report(iter: 3, step: 30, value: 0.75, metrics: ["eval_loss": .nan]),
        ]
        for report in reports { try store.record(report, of: trial.id, at: 103) }
        trial.state = .paused
        try store.settle(trial, error: nil, logTail: nil, at: 110)
        trial.reports = reports

        let other = try StudyStore.open(folder, for: .reading)
        let read = try other.history()
        #expect(read.trials.count == 1)
        #expect(read.trials[0].assignment == trial.assignment)
        #expect(read.trials[0].state == .paused)
        #expect(read.trials[0].milestone == 3)
        #expect(read.trials[0].reports.map(\.value) == [0.5, .infinity, 0.75])
        #expect(read.trials[0].reports[2].metrics["eval_loss"]?.isNaN == true)
        let row = try #require(try other.trials().first?.record)
        #expect(row.seconds == 8)
        #expect(row.endedAt == nil)
        #expect(try other.seconds(runningUntil: nil) == 10)
        #expect(try other.seconds(runningUntil: 150) == 50)
    }

    @Test func `NaN survives although SQLite has none`() throws {
        let store = try StudyStore.create(record, in: folder)
        try store.add(trial(0), at: 1)
        try store.record(Report(iter: 1, value: .nan), of: Trial.ID(0), at: 2)
        let value = try store.history().trials[0].reports[0].value
        #expect(value.isNaN)
    }

    @Test func `a report is recorded once`() throws {
        let store = try StudyStore.create(record, in: folder)
        try store.add(trial(0), at: 1)
        try store.record(Report(iter: 1, value: 0.5), of: Trial.ID(0), at: 2)
        #expect(throws: DatabaseError.self) { try store.record(Report(iter: 1, value: 0.6), of: Trial.ID(0), at: 3) }
        #expect(throws: DatabaseError.self) { try store.record(Report(iter: 1, value: 0.6), of: Trial.ID(1), at: 3) }
        #expect(try store.history().trials[0].reports.map(\.value) == [0.5])
    }

    @Test func `trials that ran when the controller died wait for the next`() throws {
        let store = try StudyStore.create(record, in: folder)
        try store.beginRun(at: 1)
        try store.add(trial(0), at: 2)
        try store.launched(trial(0, .running), at: 3)
        try store.beginRun(at: 4)
        #expect(try store.history().trials[0].state == .waiting)
    }

    @Test func `a failure keeps its reason and the end of its log`() throws {
        let store = try StudyStore.create(record, in: folder)
        try store.add(trial(0), at: 1)
        try store.settle(trial(0, .failed), error: "ended with exit code 3", logTail: "Traceback", at: 5)
        let row = try #require(try store.trials().first?.record)
        #expect((row.error, row.logTail, row.endedAt) == ("ended with exit code 3", "Traceback", 5))
    }

    @Test func `the result on the test split belongs to its trial`() throws {
        let store = try StudyStore.create(record, in: folder)
        try store.recordTest(of: Trial.ID(3), metrics: ["test_accuracy": 0.8], at: 9)
        let study = try store.study()
        #expect(study.testedTrial == 3)
        #expect(study.testMetrics == ["test_accuracy": 0.8])
    }

    @Test func `reports survive a power cut and foreign keys are on`() throws {
        let store = try StudyStore.create(record, in: folder)
        let (synchronous, keys, mode) = try store.pragmas()
        #expect(synchronous == 2)
        #expect(keys == 1)
        #expect(mode == "wal")
    }

    @Test(arguments: [false, true])
    func `after a run the database's file alone is the whole study`(tested: Bool) throws {
        let store = try StudyStore.create(record, in: folder)
        try store.beginRun(at: 1)
        try store.add(trial(0), at: 2)
        try store.record(Report(iter: 1, value: 0.5), of: Trial.ID(0), at: 3)
        try store.endRun("finished", finished: true, at: 4)
        if tested { try store.recordTest(of: Trial.ID(0), metrics: ["test_loss": 1], at: 5) }
        let copy = try StudyFolder(root: temporary.path, name: "copy")
        try copy.make()
        try FileManager.default.copyItem(atPath: folder.database, toPath: copy.database)
        let read = try StudyStore.open(copy, for: .reading)
        #expect(try read.study() == store.study() && read.study().finishedAt == 4)
        #expect(try read.study().testMetrics == (tested ? ["test_loss": 1] : nil))
        #expect(try read.history().trials[0].reports.map(\.value) == [0.5])
    }

    @Test func `where nothing can be written the file is read as it lies, unless the log holds more`() throws {
        let folder = try StudyFolder(root: temporary.path + "/odd #1?%20", name: "reviews")
        let store = try StudyStore.create(record, in: folder)
        try store.beginRun(at: 1)
        #expect(ReadingPlace.path(of: folder, isWritable: false) == folder.database)
        try store.endRun("finished", finished: true, at: 4)
        #expect(ReadingPlace.path(of: folder, isWritable: true) == folder.database)
        let path = ReadingPlace.path(of: folder, isWritable: false)
        #expect(path.hasPrefix("file:///") && path.hasSuffix("/study.sqlite?immutable=1"))
        var configuration = Configuration()
        configuration.readonly = true
        let finished = try DatabasePool(path: path, configuration: configuration).read {
            try Double.fetchOne($0, sql: "SELECT finished_at FROM study")
        }
        #expect(finished == 4)
    }

    @Test func `a study that is not there is named with the nearest that is`() throws {
        _ = try StudyStore.create(record, in: folder)
        let missing = try StudyFolder(root: temporary.path, name: "review")
        let error = try #require(throws: StudyStoreError.self) { try StudyStore.open(missing, for: .reading) }
        #expect(error.description.contains("did you mean 'reviews'?"))
        #expect(StudyFolder.names(in: temporary.path) == ["reviews"])
    }

    @Test func `a newer schema and a damaged file are refused`() throws {
        _ = try StudyStore.create(record, in: folder)
        let queue = try DatabaseQueue(path: folder.database)
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('v99')") }
        try queue.close()
        #expect(throws: StudyStoreError.newer(path: folder.database)) { try StudyStore.open(folder, for: .reading) }

        let other = try StudyFolder(root: temporary.path, name: "other")
        _ = try temporary.write(String(repeating: "no database ", count: 100), to: "other/study.sqlite")
        let error = try #require(throws: StudyStoreError.self) { try StudyStore.open(other, for: .reading) }
        #expect(error.description.hasPrefix(other.database))
    }

    @Test(arguments: ["", ".", "..", "a/b", "../x", "a\nb", ".hidden", String(repeating: "x", count: 300)])
    func `a name that is no plain folder name is refused`(name: String) {
        #expect(throws: StudyStoreError.badName(name)) { try StudyFolder(root: "/tmp", name: name) }
    }

    @Test func `one controller holds a study and is named to the second`() throws {
        try folder.make()
        do {
            let lock = try StudyLock(folder)
            #expect(StudyLock.holder(of: folder)?.hasPrefix("process \(ProcessInfo.processInfo.processIdentifier) on ") == true)
            #expect(throws: StudyStoreError.self) { _ = try StudyLock(folder) }
            _ = consume lock
        }
        #expect(StudyLock.holder(of: folder) == nil)
        _ = try StudyLock(folder)
    }
}
