import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing
import TrialRunners

@Suite struct SupervisionTests {
    /// Plays a different ending at each launch of a trial.
    private func endings(_ endings: [TrialLife.Ending]) -> @Sendable (Trial.ID) -> TrialLife.Ending {
        let left = Mutex(endings)
        return { _ in left.withLock { $0.isEmpty ? .exited(0) : $0.removeFirst() } }
    }

    @Sendable private static func two(_ id: Trial.ID, _ iter: Int) -> Double? { iter <= 2 ? Double(iter) : nil }

    @Test func `a trial killed from outside is launched again and counts once`() async throws {
        let laboratory = try Laboratory(runCap: 3)
        let runner = FakeTrialRunner(ending: endings([.signaled(9), .signaled(15)]), curve: Self.two)
        let (outcome, history) = try await laboratory.run(runner)
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.map(\.state) == [.complete, .complete, .complete])
        #expect(history.trials.map(\.launches) == [3, 1, 1])
        #expect(history.trials.allSatisfy { $0.reports.map(\.iter) == [1, 2] })
        #expect(runner.launches.map(\.trial.number) == [0, 0, 0, 1, 2])
        #expect(runner.launches[1].environment["AUTOLORA_RESUME_FROM"] ?? nil != nil)
    }

    @Test func `one that could not go on from its checkpoint starts over`() async throws {
        let laboratory = try Laboratory(runCap: 1)
        let runner = FakeTrialRunner(ending: endings([.signaled(9), .exited(2)]), curve: Self.two)
        let (_, history) = try await laboratory.run(runner)
        #expect(history.trials.map(\.state) == [.complete])
        #expect(runner.launches.map { $0.environment["AUTOLORA_RESUME_FROM"] ?? nil != nil } == [false, true, false])
    }

    @Test(arguments: [1, 3]) func `a run whose first trials all fail is given up and can be resumed`(workers: Int) async throws
    {
        var laboratory = try Laboratory(runCap: 20, workers: workers)
        let broken = FakeTrialRunner(ending: { _ in .exited(1) }, curve: { _, _ in nil })
        let (outcome, history) = try await laboratory.run(broken)
        #expect(outcome == .stopped(.failing("the first 5 trials of this run have all failed")))
        #expect(history.trials.count { $0.state == .failed } == 5)
        #expect(history.trials.allSatisfy { $0.state == .failed || $0.state == .waiting })
        #expect(try laboratory.store().study().finishedAt == nil)
        laboratory.specification.runCap = 9
        let (again, mended) = try await laboratory.run(FakeTrialRunner(curve: Self.two))
        #expect(again == .finished(note: nil))
        // Of several at once, one with a lower number may have been left waiting.
        #expect(mended.trials.count { $0.state == .failed } == 5 && mended.trials.count { $0.state == .complete } == 4)
    }

    @Test func `max_failures counts all of a run, and what is left to do`() async throws {
        var laboratory = try Laboratory(runCap: 6)
        laboratory.specification.supervision.maxFailures = 2
        let odd = FakeTrialRunner(ending: { $0.number.isMultiple(of: 2) ? .exited(0) : .exited(1) }, curve: Self.two)
        let (outcome, history) = try await laboratory.run(odd)
        #expect(outcome == .stopped(.failing("2 trials have failed in this run (max_failures 2)")))
        #expect(history.trials.map(\.state) == [.complete, .failed, .complete, .failed])
        // The last one's failure ends nothing that is not over anyway.
        #expect(try await laboratory.run(odd).0 == .finished(note: nil))
    }

    @Test func `where no process can be started the run stops and no trial has failed`() async throws {
        let laboratory = try Laboratory(runCap: 4)
        let (outcome, history) = try await laboratory.run(
            FakeTrialRunner(ending: { _ in .notStarted("no more") }, curve: { _, _ in nil }))
        #expect(outcome == .stopped(.obstructed("trial 0: no more")))
        #expect(history.trials.map(\.state) == [.waiting])
        #expect(
            try await laboratory.run(FakeTrialRunner(curve: Self.two)).1.trials.map(\.state)
                == Array(repeating: .complete, count: 4))
    }

    @Test func `a trial whose folder is in the way of another's file stops the run with its place`() async throws {
        let laboratory = try Laboratory(runCap: 2)
        _ = try laboratory.temporary.write("", to: "lab/trials/0")
        guard case .stopped(.obstructed(let reason)) = try await laboratory.run(FakeTrialRunner(curve: Self.two)).0 else {
            Issue.record("the run went on")
            return
        }
        #expect(
            reason == "\(laboratory.folder.path)/trials/0: trial 0's folder cannot be written: Not a directory; "
                + "it has to be a folder that can be written, on a disk with room")
    }

    @Test func `timeouts reach the launch`() async throws {
        var laboratory = try Laboratory(runCap: 1)
        laboratory.specification.supervision = Supervision(trialTimeout: 60, reportTimeout: 5)
        let runner = FakeTrialRunner(curve: Self.two)
        _ = try await laboratory.run(runner)
        #expect(runner.launches.first?.timeout == 60)
        #expect(runner.launches.first?.silence == 5)
    }
}
