import Controller
import Foundation
import SearchSpaces
import Strategies
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing
import TrialRunners

/// What is asked of a run that begins, that cannot go on, or that is not the last.
@Suite(.timeLimit(.minutes(5))) struct SteeredRunsTests {
    @Test func `a stop that is asked while a run begins stops that run`() async throws {
        let laboratory = try Laboratory(runCap: 3)
        let store = try laboratory.store()
        let lock = try StudyLock(laboratory.folder)
        let held = store.held(by: lock)
        let asked = try await StudyStore.ask(
            .stop(reason: nil), of: laboratory.folder, rules: { _ in RequestRules(nil) }, patience: .zero, now: { 0 })
        #expect(asked.answer == nil)
        #expect(try await laboratory.controller(nineReports(), store: held).run() == .stopped(.interrupted))
        #expect(try store.requests().requests.map(\.isDone) == [true])
        _ = consume lock
    }

    /// The trial that could not be launched is known to the controller, and is not on record.
    @Test func `a run that cannot go on answers nothing more, and what was asked is answered from what is on record`()
        async throws
    {
        let laboratory = try Laboratory(runCap: 3, workers: 2)
        let store = try laboratory.store()
        // A file where the folder of the second trial would be.
        try FileManager.default.createDirectory(atPath: laboratory.folder.path + "/trials", withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: laboratory.folder.trial(Trial.ID(1)), contents: nil))
        let lock = try StudyLock(laboratory.folder)
        let folder = laboratory.folder
        let asking = Task {
            let steersman = Steersman(folder: folder)
            try await steersman.wait { !$0.trials.isEmpty }
            let asked = try await steersman.ask(.prune(Trial.ID(1), reason: nil))
            let noted = try await steersman.ask(.note("x", Trial.ID(1)))
            return [asked, noted]
        }
        // The first trial takes its time to end, in which the run listens no more.
        let runner = StubbornRunner { try store.pendingRequests().isEmpty == false }
        let outcome = try await laboratory.controller(runner).run()
        guard case .stopped(.obstructed) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try store.pendingRequests().map(\.number) == [1])
        try store.answerLate(by: RequestRules(laboratory.specification), at: 0)
        _ = consume lock
        let answers = try await asking.value
        #expect(answers.map { $0.answer?.isDone } == [false, false], "\(answers)")
        #expect(answers[1].answer?.text == "there is no trial 1; the study has 1, from 0")
        #expect(try store.trialCount() == 1 && store.damages().isEmpty)
    }

    @Test func `with fewer workers jobs that wait leave the queue, and with more their trials are launched again`() async throws
    {
        let laboratory = try Laboratory(runCap: 7, workers: 6)
        let runner = JobRunner(slots: 2, curve: { $1 > 3 ? nil : 0.5 })
        runner.release([])
        let (outcome, history) = try await laboratory.steered(runner) { steersman in
            func numbers(_ state: Trial.State, _ history: History) -> [Int] {
                history.trials.filter { $0.state == state }.map(\.id.number)
            }
            try await steersman.wait { $0.trials.count == 6 && $0.trials.count { !$0.reports.isEmpty } == 2 }
            let ran = try steersman.history().trials.filter { !$0.reports.isEmpty }.map(\.id.number)
            #expect(try await steersman.ask(.workers(4)).isDone)
            // The newest first.
            try await steersman.wait { numbers(.waiting, $0).count == 2 }
            let others = (0..<6).filter { !ran.contains($0) }
            #expect(try numbers(.waiting, steersman.history()) == Array(others.suffix(2)))
            #expect(try await steersman.ask(.workers(1)).isDone)
            try await steersman.wait { numbers(.waiting, $0) == others }
            #expect(runner.jobs == 2)
            // Both that run go on to their end; then one at a time.
            runner.release(Set(ran))
            try await steersman.wait { numbers(.complete, $0) == ran && numbers(.running, $0).count == 1 }
            #expect(runner.jobs <= 1)
            #expect(try await steersman.ask(.workers(6)).isDone)
            try await steersman.wait { numbers(.running, $0) == others + [6] }
            while runner.jobs < 5 { try await Task.sleep(for: .milliseconds(5)) }
            runner.release(nil)
        }
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.map(\.state) == Array(repeating: .complete, count: 7))
        #expect(history.trials.map(\.launches).sorted() == [1, 1, 1, 2, 2, 2, 2])
        #expect(history.trials.allSatisfy { $0.retries == 0 && $0.reports.count == 3 })
    }

    /// What fits in memory hangs on how many trials shared the processors when a run began.
    @Test func `each run is replayed with as many workers as it began with`() async throws {
        let laboratory = try Laboratory(runCap: 6)
        let (outcome, _) = try await laboratory.steered(nineReports()) { steersman in
            try await steersman.wait { !$0.trials.isEmpty }
            #expect(try await steersman.ask(.workers(3)).isDone)
            try await steersman.wait { $0.trials.count > 2 }
            #expect(try await steersman.ask(.stop(reason: nil)).isDone)
        }
        #expect(outcome == .stopped(.interrupted))
        var resumed = laboratory
        resumed.specification.workers = try laboratory.store().study().workers
        try await resumed.run(nineReports(.zero))
        let store = try laboratory.store()
        let began = Mutex<[Int?]>([])
        let specification = laboratory.specification
        var replay = try #require(
            StudyReplay(
                specification: specification, events: try store.events().map(\.event), recorded: try store.history(),
                requests: try store.requests()
            ) { _, workers in
                began.withLock { $0.append(workers) }
                return try Suggester(specification: specification)
            })
        #expect(try replay.divergences() == [])
        #expect(began.withLock { $0 } == [1, 3])
    }
}

/// Trials that do not end before something has happened, and a moment after it.
private struct StubbornRunner: TrialRunner {
    let hasHappened: @Sendable () throws -> Bool
    let threads = 1
    let places: (any Places)? = nil

    init(until hasHappened: @escaping @Sendable () throws -> Bool) { self.hasHappened = hasHappened }

    func recover(_ launches: [EarlierLaunch]) async -> Recovery { Recovery() }

    func run(
        _ launch: Launch, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        _ = await onReport(ReportLine(step: 1, value: 0.5, metrics: [:]))
        // Not to be hurried.
        await Task.detached { [hasHappened] in
            _ = try? await eventually { try hasHappened() }
            try? await Task.sleep(for: .milliseconds(300))
        }.value
        return Completion(
            .terminated, log: launch.folder + "/log.txt", from: 0, machine: MachineSigns(memoryKillsRose: false))
    }
}
