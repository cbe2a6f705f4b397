import Foundation
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

/// One writer, many readers, and what a writer that died leaves.
@Suite(.timeLimit(.minutes(5))) struct StudyStoreConcurrencyTests {
    private let temporary: TemporaryFolder
    private let folder: StudyFolder
    private let store: StudyStore

    init() throws {
        temporary = try TemporaryFolder()
        folder = try StudyFolder(root: temporary.path, name: "busy")
        store = try StudyStore.create(
            StudyRecord(
                name: "busy", metric: "score", goal: .minimize, spaceFile: "", spaceFileName: "", folder: "/", seed: 0,
                runCap: 8, workers: 8, createdAt: 0), in: folder)
        try store.beginRun(at: 0)
        for number in 0..<8 {
            try store.add(Trial(id: Trial.ID(number), assignment: ["n": .int(number)]), at: Double(number))
        }
    }

    @Test func `readers see whole histories while eight trials report`() async throws {
        let folder = folder
        let store = store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for iter in 1...40 {
                        let report = Report(iter: iter, step: iter, value: Double(iter), metrics: ["trial": Double(number)])
                        try store.record(report, of: Trial.ID(number), at: Double(iter))
                    }
                }
            }
            group.addTask {
                var last = 0
                while last < 8 * 40 {
                    let history = try StudyStore.open(folder, for: .reading).history()
                    let count = history.trials.reduce(0) { $0 + $1.reports.count }
                    #expect(count >= last)
                    // Never a gap, never another trial's report.
                    for trial in history.trials {
                        #expect(trial.reports.map(\.iter) == Array(0..<trial.reports.count).map { $0 + 1 })
                        let isOwn = trial.reports.allSatisfy { $0.metrics["trial"] == Double(trial.id.number) }
                        #expect(isOwn)
                    }
                    last = count
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `what was recorded before the writer vanished is there without its closing anything`() throws {
        for iter in 1...5 { try store.record(Report(iter: iter, value: 1), of: Trial.ID(3), at: 9) }
        // The write-ahead log goes with the database file: a copy of both is what a killed process leaves.
        let remains = try StudyFolder(root: temporary.path, name: "remains")
        try FileManager.default.copyItem(atPath: folder.path, toPath: remains.path)
        let history = try StudyStore.open(remains, for: .writing).history()
        #expect(history.trials[3].reports.count == 5)
        #expect(history.trials.count == 8)
    }

    @Test func `a reader cannot write`() throws {
        let reader = try StudyStore.open(folder, for: .reading)
        #expect(throws: (any Error).self) { try reader.record(Report(iter: 1, value: 1), of: Trial.ID(0), at: 1) }
        #expect(throws: (any Error).self) { try reader.update(try reader.study()) }
        #expect(try store.study().runCap == 8)
    }

    @Test func `seconds add up over launches and runs`() throws {
        var trial = Trial(id: Trial.ID(0), assignment: ["n": .int(0)])
        for (start, end, state) in [(10.0, 15.0, Trial.State.paused), (20, 22.5, .complete)] {
            (trial.state, trial.launches) = (.running, trial.launches + 1)
            try store.launched(trial, at: start)
            trial.state = state
            try store.settle(trial, error: nil, logTail: nil, at: end)
        }
        let row = try #require(try store.trials().first?.record)
        #expect(row.seconds == 7.5)
        #expect((row.launches, row.state, row.endedAt) == (2, .complete, 22.5))
        try store.endRun("interrupted", finished: false, at: 30)
        try store.beginRun(at: 100)
        try store.endRun("finished", finished: true, at: 105)
        #expect(try store.seconds(runningUntil: nil) == 35)
        #expect(try store.study().finishedAt == 105)
        try store.beginRun(at: 200)
        #expect(try store.study().finishedAt == nil)
    }

    @Test func `a new total, number of workers and space file are kept`() throws {
        var study = try store.study()
        (study.runCap, study.workers) = (20, 3)
        (study.spaceFile, study.spaceFileName, study.folder) = ("name: other", "other.yaml", "/moved")
        study.constraints = ["latency": Limits(max: 3)]
        // What no file gives stays.
        let seed = study.seed
        study.seed = seed + 1
        try store.update(study)
        study.seed = seed
        #expect(try StudyStore.open(folder, for: .reading).study() == study)
    }

    @Test func `assignments come back as they were, numbers whole or not`() throws {
        let assignment: Assignment = [
            "a": .double(0.1 + 0.2), "b": .double(1e-300), "c": .double(2), "c2": .array([.double(-3), .int(-3)]),
            "d": .int(.max), "e": .bool(true), "f": .null,
            "g": .object(["x": .array([.double(1.5), .string("\u{1F600}\"\\\n")])]),
        ]
        try store.add(Trial(id: Trial.ID(8), assignment: assignment), at: 1)
        let read = try store.history().trials[8].assignment
        #expect(read == assignment)
        // 1.0 equals 1, and yet a program is given other words.
        func text(_ assignment: Assignment) -> String {
            JSONWriter.text(.object(assignment.values), .exact)
        }
        #expect(text(read) == text(assignment))
    }
}
