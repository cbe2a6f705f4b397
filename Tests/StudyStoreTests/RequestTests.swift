import Foundation
import GRDB
import SearchSpaces
import Studies
import Synchronization
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore

/// What is asked of a study: by rows that a run answers or, where there is none, whoever asks.
@Suite(.timeLimit(.minutes(5))) struct RequestTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }
    private var folder: StudyFolder { store.folder }

    init() throws {
        recorded = try RecordedStudy("s")
        try recorded.add(0, reports: [Report(iter: 1, value: 0.5)])
        try recorded.add(1, .paused, reports: [Report(iter: 1, value: 0.4)])
    }

    static let rules = RequestRules(
        StudySpecification(
            name: "s", metric: Metric(name: "eval_accuracy", goal: .maximize), method: .grid, runCap: 3,
            trainer: TrainerSpecification(type: "command"),
            space: SearchSpace([Parameter(name: "r", distribution: .intUniform(min: 1, max: 16))]), folder: "/"))

    private func ask(_ request: StudyRequest, patience: Duration = .seconds(60)) async throws -> RecordedRequest {
        try await StudyStore.ask(request, of: folder, rules: { _ in Self.rules }, patience: patience, now: { 200 })
    }

    /// Makes of a store what it was before there were requests.
    static let earlier = """
        DROP TABLE request; ALTER TABLE trial DROP COLUMN enqueued_by; ALTER TABLE trial DROP COLUMN pruned_by;
        DROP TABLE job; ALTER TABLE study DROP COLUMN runner; DELETE FROM grdb_migrations WHERE identifier IN ('v8', 'v9')
        """

    /// Changes what the store itself would never.
    private func spoil(_ sql: String) throws { try Self.spoil(folder, sql) }

    static func spoil(_ folder: StudyFolder, _ sql: String) throws {
        let queue = try DatabaseQueue(path: folder.database)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF; " + sql) }
        try queue.close()
    }

    @Test func `a study at rest takes configurations, notes and tags at once, and refuses what needs a run`() async throws {
        let before = (trials: try store.trials(), seconds: try store.seconds(runningUntil: nil))
        let requests: [(StudyRequest, Bool)] = [
            (.enqueue(["r": .double(4)], clone: nil), true), (.note("good", Trial.ID(0)), true), (.tag("t", nil), true),
            (.stop(reason: nil), false), (.prune(Trial.ID(1), reason: nil), false), (.workers(2), false), (.remove(3), true),
        ]
        for (place, (request, isDone)) in requests.enumerated() {
            let answered = try await ask(request)
            #expect(answered.number == place + 1 && answered.isDone == isDone && answered.answer?.at == 200)
        }
        let log = try StudyStore.open(folder, for: .reading).requests()
        #expect(log.queue(after: try store.history()) == [QueuedConfiguration(request: 1, assignment: ["r": .int(4)])])
        #expect(log.notes == [Trial.ID(0): [.init(number: 2, at: 200, text: "good")]])
        #expect(log.tags.isEmpty && log.pending.isEmpty)
        #expect(try store.events().suffix(7).map(\.event) == (1...7).map { .answered(request: $0) })
        // Whoever asks writes no trial, and has not worked on the study.
        #expect(try store.trials() == before.trials)
        #expect(try store.seconds(runningUntil: nil) == before.seconds)
        #expect(store.damages().isEmpty)
    }

    @Test func `a study that is run leaves the answer to the run`() async throws {
        let lock = try StudyLock(folder)
        let held = store.held(by: lock)
        let unanswered = try await ask(.note("good", nil), patience: .milliseconds(200))
        #expect(unanswered.answer == nil)
        #expect(try held.pendingRequests() == [unanswered])
        async let later = ask(.workers(5))
        while try held.pendingRequests().count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        for request in try held.pendingRequests() {
            _ = try held.answer(request, .done(request.request, "so it is"), at: 210)
        }
        #expect(try await later.answer == .init(isDone: true, text: "so it is", at: 210))
        #expect(try held.study().workers == 5)
        #expect(try held.pendingRequests().isEmpty && held.damages().isEmpty)
        _ = consume lock
    }

    @Test func `what a run leaves unanswered as it ends is answered by whoever waits`() async throws {
        let lock = try StudyLock(folder)
        async let asked = ask(.tag("late", nil))
        while try store.pendingRequests().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        _ = consume lock
        #expect(try await asked.isDone)
    }

    /// The transaction that answers looks for the lock once more: a run that has begun has read the queue already.
    @Test func `a run that begins while an answer is thought about answers itself`() async throws {
        let folder = folder
        let began = Mutex(false)
        let asked = try await StudyStore.ask(
            .enqueue(["r": .int(4)], clone: nil), of: folder,
            rules: { store in
                guard !began.withLock({ $0 }) else { return Self.rules }
                began.withLock { $0 = true }
                // Something happens between the look and the answer: it is judged again.
                try self.recorded.add(2, reports: [Report(iter: 1, value: 0.1)])
                return Self.rules
            }, now: { 200 })
        #expect(
            asked.answer?.text == "it is kept: the study has its 3 trials, so resume it with --trials 4 or more to try it")
    }

    @Test func `one who holds a transaction delays what is recorded, and fails nothing`() async throws {
        let lock = try StudyLock(folder)
        let held = store.held(by: lock)
        let path = folder.database
        let (isHeld, hold) = AsyncStream.makeStream(of: Void.self)
        let isOver = Mutex(false)
        async let other: Void = onOwnThread {
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "BEGIN IMMEDIATE; UPDATE study SET workers = workers")
                hold.finish()
                Thread.sleep(forTimeInterval: 2)
                isOver.withLock { $0 = true }
                try db.execute(sql: "COMMIT")
            }
        }
        for await _ in isHeld {}
        try held.record(Report(iter: 2, value: 0.9), of: Trial.ID(1), at: 220)
        #expect(isOver.withLock { $0 })
        #expect(try held.history().trials[1].reports.count == 2)
        try await other
        _ = consume lock
    }

    @Test func `a crowd that asks takes every number once, beside a run that records`() async throws {
        let lock = try StudyLock(folder)
        let held = store.held(by: lock)
        let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for asker in 0..<8 {
                group.addTask {
                    var numbers: [Int] = []
                    for note in 0..<10 {
                        numbers.append(try await ask(.note("\(asker) \(note)", nil), patience: .zero).number)
                    }
                    return numbers
                }
            }
            for iter in 2...60 { try held.record(Report(iter: iter, value: 0.5), of: Trial.ID(1), at: Double(iter)) }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.sorted() == Array(1...80))
        #expect(try held.pendingRequests().count == 80)
        #expect(try held.history().trials[1].reports.count == 60)
        _ = consume lock
    }

    @Test func `a study of an earlier version is brought up to date at rest, and left alone while that version runs it`()
        async throws
    {
        try spoil(Self.earlier)
        #expect(try StudyStore.open(folder, for: .reading).requests() == RequestLog())
        let lock = try StudyLock(folder)
        let error = await #expect(throws: StudyStoreError.self) { try await ask(.note("x", nil)) }
        #expect(error?.description.contains("an earlier autolora that takes no requests: stop it there") == true)
        _ = consume lock
        #expect(try await ask(.note("x", nil)).isDone)
        #expect(store.damages().isEmpty)
    }

    @Test func `an imported study takes notes, and nothing to try`() async throws {
        let asked = try await StudyStore.ask(
            .enqueue(["r": .int(1)], clone: nil), of: folder, rules: { _ in RequestRules(nil) }, now: { 200 })
        #expect(asked.answer?.text == "the study was imported: it has no trainer to try anything with")
        #expect(try await ask(.note("x", nil)).isDone)
    }

    @Test func `what cannot be held to anything is refused, and is in nobody's way`() async throws {
        struct Gone: Error, CustomStringConvertible { let description = "the model is gone" }
        let asked = try await StudyStore.ask(
            .enqueue(["r": .int(1)], clone: nil), of: folder, rules: { _ in throw Gone() }, now: { 200 })
        #expect(asked.answer?.text == "what it would be held to cannot be read: the model is gone")
        #expect(try await ask(.note("x", nil)).isDone)
    }

    @Test(arguments: [
        ("UPDATE request SET kind = 'x' WHERE number = 1", #"request 1 is of the kind "x", which there is not"#),
        ("UPDATE request SET answer = NULL WHERE number = 1", "request 1 is half answered"),
        ("DELETE FROM event WHERE kind = 'answered' AND iter = 1", "request 1 was answered in no event"),
        (
            "UPDATE request SET done = NULL, answer = NULL, answered_at = NULL WHERE number = 2",
            "event 8 answers request 2, which has no answer"
        ),
        (
            "INSERT INTO event SELECT 99, at, kind, trial, iter, state, run_cap FROM event WHERE kind = 'answered' AND iter = 1",
            "request 1 was answered in 2 events"
        ),
        (
            "UPDATE event SET iter = NULL WHERE kind = 'answered' AND iter = 2",
            #"event 8 ("answered") does not say what happened"#
        ),
        ("UPDATE trial SET enqueued_by = 2 WHERE number = 0", "trial 0 is of request 2, which asked for no configuration"),
        ("UPDATE trial SET enqueued_by = 1", "request 1's configuration has 2 trials"),
        ("UPDATE trial SET pruned_by = 2 WHERE number = 1", "trial 1 was taken out by request 2, which did not ask for that"),
        (
            "UPDATE request SET kind = 'prune', trial = 0 WHERE number = 2",
            #"trial 0 is "complete", though request 2 pruned it"#
        ),
    ]) func `requests that contradict the rest are named`(sql: String, problem: String) async throws {
        _ = try await ask(.enqueue(["r": .int(4)], clone: nil))
        _ = try await ask(.note("x", nil))
        #expect(store.damages().isEmpty)
        try spoil(sql)
        let problems = store.damages().map { $0.problem.replacing(/^event \d+/, with: "event 8") }
        #expect(problems.contains(problem), "\(problems)")
    }

    @Test func `news tell of answers, and carry the requests`() async throws {
        let mark = try store.mark()
        #expect(try store.news(since: mark).requests == nil)
        _ = try await ask(.note("x", nil))
        let news = try store.news(since: mark)
        #expect(news.events.map(\.event) == [.answered(request: 1)] && news.requests?.requests.count == 1)
    }
}
