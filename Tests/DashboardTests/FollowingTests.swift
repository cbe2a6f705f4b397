import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import Synchronization
import TestSupport
import Testing
import TrainerSettings

@testable import Dashboard

/// Studies that go on while somebody looks.
@Suite(.timeLimit(.minutes(5))) struct FollowingTests {
    private let recorded: RecordedStudy

    init() throws {
        recorded = try RecordedStudy("reviews")
        try recorded.add(0, value: 0.5, [:])
    }

    private func follower() -> StudyFollower { StudyFollower(recorded.store.folder, readSpace: { _, _ in nil }) }

    @Test func `each who watches is told of a change`() async throws {
        let follower = follower()
        var first = await follower.changes().makeAsyncIterator()
        var second = await follower.changes().makeAsyncIterator()
        let before = (await first.next(), await second.next())
        try await Task.sleep(for: .milliseconds(700))
        try recorded.add(1, value: 0.6, [:])
        let after = (await first.next(), await second.next())
        #expect(after.0 != before.0)
        #expect(after.1 != nil)
    }

    @Test func `a table that is brought up to date is the one that is read from nothing`() async throws {
        let follower = follower()
        _ = try await follower.trials()
        for number in 1...20 {
            try recorded.add(number, number % 3 == 0 ? .failed : .complete, reports: [Report(iter: 1, value: Double(number))])
            let followed = try await follower.trials()
            let anew = try TrialTable(recorded.store)
            #expect(followed.trials == anew.trials)
            #expect(followed.history == anew.history)
        }
    }

    @Test func `a study that is removed and made again is another`() async throws {
        let follower = follower()
        #expect(try await follower.trials().trials.count == 1)
        let folder = recorded.store.folder
        recorded.store.close()
        try FileManager.default.removeItem(atPath: folder.path)
        await #expect(throws: StudyStoreError.self) { try await follower.trials() }
        let again = try StudyStore.create(try recordOf("reviews"), in: folder)
        #expect(try await follower.trials().trials.isEmpty)
        again.close()
    }

    private func recordOf(_ name: String) throws -> StudyRecord {
        StudyRecord(
            name: name, metric: "m", goal: .maximize, spaceFile: "", spaceFileName: "s.yaml", folder: "/", seed: 7, runCap: 3,
            workers: 1, createdAt: 100)
    }

    /// The end of a killed run leaves no event.
    @Test func `what ran when its controller was killed waits`() async throws {
        var trial = Trial(id: Trial.ID(1), assignment: ["r": .int(8)])
        trial.state = .running
        try recorded.store.add(trial, at: 110)
        let follower = follower()
        let lock = try StudyLock(recorded.store.folder)
        #expect(try await follower.trials().trials[1].record.state == .running)
        _ = consume lock
        // A study that runs is not looked at more often than that.
        try await Task.sleep(for: .milliseconds(200))
        #expect(try await follower.trials().trials[1].record.state == .waiting)
        #expect(try await follower.trials().history[Trial.ID(1)].state == .waiting)
    }

    /// As one on a disk that is full, or that cannot be written.
    @Test func `a study that was taken for unchanging is read again once it has changed`() async throws {
        let folder = recorded.store.folder
        recorded.store.close()
        let follower = StudyFollower(
            folder, readSpace: { _, _ in nil }, open: { try StudyStore.open($0, for: .reading, isWritable: false) })
        #expect(try await follower.trials().trials.count == 1)
        let store = try StudyStore.open(folder, for: .writing)
        try store.add(Trial(id: Trial.ID(1), assignment: ["r": .int(8)]), at: 130)
        store.close()
        #expect(try await follower.trials().trials.count == 2)
        #expect(try await follower.trials().trials.count == 2)
    }

    @Test func `what nobody looks at is let go, and is there again for who asks`() async throws {
        let library = StudyLibrary(
            root: recorded.temporary.path, only: [], idle: .milliseconds(100), readSpace: { _, _ in nil })
        let follower = try await library.follower("reviews")
        var watched = try await library.follower("reviews").changes().makeAsyncIterator() as AsyncStream<String>.Iterator?
        #expect(try await follower.trials().trials.count == 1)
        _ = await watched?.next()
        try await Task.sleep(for: .milliseconds(400))
        #expect(await follower.isOpen)
        watched = nil
        while await follower.isOpen { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await library.follower("reviews").trials().trials.count == 1)
    }

    @Test func `an answer is worked out once for all who ask`() async throws {
        let follower = follower()
        try await Task.sleep(for: .milliseconds(100))
        let counter = Counter()
        for _ in 0..<5 {
            _ = try await follower.answer("x") { _, _ in
                counter.add()
                return .null
            }
        }
        #expect(counter.count == 1)
        try recorded.add(1, value: 0.6, [:])
        _ = try await follower.answer("x") { _, _ in
            counter.add()
            return .null
        }
        #expect(counter.count == 2)
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}
