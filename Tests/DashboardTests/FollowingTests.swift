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
@Suite(.timeLimit(.minutes(1))) struct FollowingTests {
    private let recorded: RecordedStudy

    init() throws {
        recorded = try RecordedStudy("reviews")
        try recorded.add(0, value: 0.5, [:])
    }

    private func follower() -> StudyFollower { StudyFollower(recorded.store.folder, readSpace: { _, _ in nil }) }

    @Test func `each who watches is told of a change within a second`() async throws {
        let follower = follower()
        var first = await follower.changes().makeAsyncIterator()
        var second = await follower.changes().makeAsyncIterator()
        let before = (await first.next(), await second.next())
        try await Task.sleep(for: .milliseconds(700))
        try recorded.add(1, value: 0.6, [:])
        let start = ContinuousClock.now
        let after = (await first.next(), await second.next())
        #expect(start.duration(to: .now) < .seconds(1))
        #expect(after.0 != before.0)
        #expect(after.1 != nil)
    }

    @Test func `a table that is brought up to date is the one that is read anew`() async throws {
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
