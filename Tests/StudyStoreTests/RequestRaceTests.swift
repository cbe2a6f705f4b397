import Foundation
import GRDB
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore

/// Requests beside a run that begins or ends, and beside others that ask.
@Suite(.timeLimit(.minutes(5))) struct RequestRaceTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }
    private var folder: StudyFolder { store.folder }

    init() throws {
        recorded = try RecordedStudy("s")
        try recorded.add(0, reports: [Report(iter: 1, value: 0.5)])
        try recorded.add(1, .paused, reports: [Report(iter: 1, value: 0.4)])
    }

    private func ask(_ request: StudyRequest, patience: Duration = .seconds(60)) async throws -> RecordedRequest {
        try await StudyStore.ask(request, of: folder, rules: { _ in RequestTests.rules }, patience: patience, now: { 200 })
    }

    /// It is the run's to bring the store up to date, and it has the lock a moment before.
    @Test func `a run that has just begun on a study of an earlier version is waited for`() async throws {
        try RequestTests.spoil(folder, RequestTests.earlier)
        let lock = try StudyLock(folder)
        async let asked = ask(.note("x", nil), patience: .seconds(4))
        try await Task.sleep(for: .milliseconds(300))
        let run = try StudyStore.open(folder, for: .writing)
        #expect(try await asked.answer == nil)
        #expect(try run.pendingRequests().map(\.request) == [.note("x", nil)])
        _ = consume lock
    }

    @Test func `several who ask and a run bring a study of the first version up to date at the same time`() async throws {
        let here = String(#filePath.dropLast("/RequestRaceTests.swift".count))
        let sql = try String(contentsOfFile: "\(here)/Fixtures/v1.sql", encoding: .utf8)
        for round in 0..<8 {
            let folder = try StudyFolder(root: recorded.temporary.path, name: "earlier-\(round)")
            try folder.make()
            var configuration = Configuration()
            configuration.foreignKeysEnabled = false
            let queue = try DatabaseQueue(path: folder.database, configuration: configuration)
            try await queue.writeWithoutTransaction { try $0.execute(sql: sql) }
            try queue.close()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for purpose in [StudyStore.Purpose.asking, .writing, .asking, .asking, .writing, .asking] {
                    group.addTask { try await onOwnThread { try StudyStore.open(folder, for: purpose).close() } }
                }
                try await group.waitForAll()
            }
            let store = try StudyStore.open(folder, for: .reading)
            #expect(try await store.pool.read { try Migrations.all.hasCompletedMigrations($0) })
        }
    }

    /// Between the lock and the controller's first look lie the model and the data, which take a while to be looked at.
    @Test func `a run knows which requests are older than it`() async throws {
        _ = try await ask(.note("before", nil))
        let lock = try StudyLock(folder)
        let held = store.held(by: lock)
        #expect(held.requestsBefore == 1)
        #expect(try await ask(.stop(reason: nil), patience: .zero).number == 2)
        #expect(held.requestsBefore == 1 && store.requestsBefore == nil)
        _ = consume lock
    }

    @Test func `what comes after a run has stopped listening is answered before its lock is given up`() async throws {
        let lock = try StudyLock(folder)
        let held = store.held(by: lock)
        let requests: [(StudyRequest, Bool, String)] = [
            (.stop(reason: nil), false, "the run is ending by itself"), (.workers(2), false, "the run is ending by itself"),
            (.prune(Trial.ID(1), reason: nil), false, "the run is ending by itself"), (.note("late", nil), true, "noted"),
            (.note("late", Trial.ID(7)), false, "there is no trial 7; the study has 2, from 0"),
            (.enqueue(["r": .int(3)], clone: nil), true, "it is tried once the study is resumed"),
            (.remove(4), true, "note on the study: late is gone"),
        ]
        for request in requests { _ = try await ask(request.0, patience: .zero) }
        try held.answerLate(by: RequestTests.rules, at: 300)
        let log = try held.requests()
        #expect(log.pending.isEmpty && log.requests.map(\.isDone) == requests.map(\.1))
        for (request, expected) in zip(log.requests, requests) {
            #expect(request.answer?.text.hasPrefix(expected.2) == true && request.answer?.at == 300, "\(request)")
        }
        #expect(log.queue(after: try held.history()).map(\.request) == [6])
        // Nothing is answered twice.
        try held.answerLate(by: RequestTests.rules, at: 400)
        #expect(try held.requests() == log && held.damages().isEmpty)
        _ = consume lock
    }
}
