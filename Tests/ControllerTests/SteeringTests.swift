import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing
import TrainerSettings
import TrialRunners

/// A study that runs, and somebody who asks things of it.
@Suite(.timeLimit(.minutes(5))) struct SteeringTests {
    private static let asha = EarlyTermination.asha(.init(eta: 3, minimum: 1, maximum: 9))

    @Test func `a running trial is ended and pruned with the reason, and the study goes on`() async throws {
        let laboratory = try Laboratory(runCap: 3)
        let runner = nineReports()
        let (outcome, history) = try await laboratory.steered(runner) { steersman in
            try await steersman.wait { $0.trials.first?.reports.isEmpty == false }
            let asked = try await steersman.ask(.prune(Trial.ID(0), reason: "too slow"))
            #expect(asked.answer?.text == "its process is being ended; that cannot be undone, its reports and its adapter stay")
        }
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.map(\.state) == [.pruned, .complete, .complete])
        #expect(history.trials[0].prunedBy == 1 && (1..<9).contains(history.trials[0].reports.count))
        let row = try #require(try laboratory.store().trial(Trial.ID(0)))
        #expect(row.error == "pruned by request 1: too slow" && row.prunedBy == 1)
        #expect(!FileManager.default.fileExists(atPath: laboratory.folder.checkpoint(of: Trial.ID(0))))
        #expect(runner.launches.map(\.trial.number) == [0, 1, 2])
    }

    @Test func `a paused trial goes on no more, and its checkpoint goes`() async throws {
        let laboratory = try Laboratory(runCap: 6, early: Self.asha)
        let runner = nineReports()
        let pruned = Mutex<Trial.ID?>(nil)
        let folder = laboratory.folder
        let (_, history) = try await laboratory.steered(runner) { steersman in
            try await steersman.wait { $0.trials.contains { $0.state == .paused } }
            let id = try #require(try steersman.history().trials.first { $0.state == .paused }?.id)
            let asked = try await steersman.ask(.prune(id, reason: nil))
            guard asked.isDone else { return }
            pruned.withLock { $0 = id }
            try await steersman.wait { $0[id].state == .pruned }
            #expect(!FileManager.default.fileExists(atPath: folder.checkpoint(of: id)))
        }
        let id = try #require(pruned.withLock { $0 })
        #expect(history[id].prunedBy != nil && history.trials.count == 6)
    }

    @Test func `a configuration is tried next, counts in the cap, and wins by its value alone`() async throws {
        let laboratory = try Laboratory(runCap: 4)
        let (outcome, history) = try await laboratory.steered(nineReports()) { steersman in
            try await steersman.wait { $0.trials.count == 1 }
            #expect(try await steersman.ask(.enqueue(["x": .double(0.999)], clone: nil)).isDone)
            #expect(try await steersman.ask(.enqueue(["x": .double(0.001)], clone: nil)).isDone)
            let refused = try await steersman.ask(.enqueue(["x": .double(1.5)], clone: nil))
            #expect(refused.answer?.text == "x is never 1.5; the nearest that is allowed: 1")
            #expect(try await steersman.ask(.enqueue(["x": .double(0.5)], clone: nil)).isDone)
            #expect(try await steersman.ask(.remove(4)).isDone)
        }
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.map(\.enqueuedBy) == [nil, 1, 2, nil])
        #expect(history.trials[1].assignment == ["x": .double(0.999)] && history.trials[2].assignment == ["x": .double(0.001)])
        #expect(history.best?.trial.id == Trial.ID(1))
    }

    @Test func `more workers begin at once, fewer let what runs go on, and both are kept`() async throws {
        let laboratory = try Laboratory(runCap: 12)
        let store = try laboratory.store()
        @Sendable func running(_ history: History) -> Int { history.trials.count { $0.state == .running } }
        let (_, history) = try await laboratory.steered(nineReports()) { steersman in
            try await steersman.wait { !$0.trials.isEmpty }
            #expect(try await steersman.ask(.workers(4)).answer?.text == "it was 1")
            try await steersman.wait { running($0) == 4 }
            #expect(try store.study().workers == 4)
            let asked = try await steersman.ask(.workers(1))
            #expect(asked.answer?.text == "it was 4; what runs goes on to its end")
            #expect(running(try steersman.history()) > 1)
            try await steersman.wait { running($0) == 1 }
        }
        #expect(history.trials.count == 12 && history.trials.allSatisfy { $0.state == .complete })
        #expect(try store.study().workers == 1)
    }

    @Test func `stopped, a study keeps what was reported, and is not stopped again when it is resumed`() async throws {
        let laboratory = try Laboratory(runCap: 3, workers: 2)
        let (outcome, stopped) = try await laboratory.steered(nineReports()) { steersman in
            try await steersman.wait { $0.trials.contains { $0.reports.count > 2 } }
            #expect(try await steersman.ask(.stop(reason: "lunch")).isDone)
        }
        #expect(outcome == .stopped(.interrupted))
        #expect(stopped.trials.contains { $0.state == .waiting })
        let (again, history) = try await laboratory.run(nineReports(.zero))
        #expect(again == .finished(note: nil))
        #expect(history.trials.map(\.reports.count) == [9, 9, 9])
        #expect(try laboratory.replayed() == [])
    }

    @Test func `what was asked of a run that died before it answered is not asked of the next, but for what can wait`()
        async throws
    {
        let laboratory = try Laboratory(runCap: 2)
        let lock = try { () throws -> StudyLock in
            _ = try laboratory.store()
            return try StudyLock(laboratory.folder)
        }()
        for request in [StudyRequest.stop(reason: nil), .enqueue(["x": .double(0.25)], clone: nil), .workers(3)] {
            let asked = try await StudyStore.ask(
                request, of: laboratory.folder, rules: { _ in RequestRules(nil) }, patience: .zero, now: { 0 })
            #expect(asked.answer == nil)
        }
        _ = consume lock
        let (outcome, history) = try await laboratory.run(nineReports(.zero))
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.map(\.enqueuedBy) == [2, nil])
        #expect(try laboratory.store().requests().requests.map(\.isDone) == [false, true, false])
        #expect(try laboratory.replayed() == [])
    }

    /// Between the answer and the end of the trial's process.
    @Test func `a controller that dies while it prunes a trial has pruned it`() async throws {
        let laboratory = try Laboratory(runCap: 2)
        let folder = laboratory.folder
        _ = try laboratory.store()
        let lock = try StudyLock(folder)
        let asking = Task {
            let steersman = Steersman(folder: folder)
            try await steersman.wait { $0.trials.first?.reports.isEmpty == false }
            return try await steersman.ask(.prune(Trial.ID(0), reason: nil))
        }
        let remains = try await laboratory.remains(of: nineReports()) { if case .answered = $0 { true } else { false } }
        _ = try await asking.value
        _ = consume lock
        #expect(try remains.store().history().trials[0].state == .running)
        let runner = nineReports(.zero)
        let (outcome, history) = try await remains.run(runner)
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.map(\.state) == [.pruned, .complete] && history.trials[0].prunedBy == 1)
        #expect(runner.launches.map(\.trial.number) == [1])
        #expect(try remains.store().damages().isEmpty && remains.replayed() == [])
    }

    @Test func `asked for once all have been started, a configuration is kept for more trials`() async throws {
        var laboratory = try Laboratory(runCap: 1)
        _ = try await laboratory.steered(nineReports()) { steersman in
            try await steersman.wait { !$0.trials.isEmpty }
            let asked = try await steersman.ask(.enqueue(["x": .double(0.5)], clone: nil))
            #expect(asked.answer?.text.hasSuffix("so resume it with --trials 2 or more to try it") == true)
        }
        laboratory.specification.runCap = 3
        var record = try laboratory.store().study()
        record.runCap = 3
        try laboratory.store().update(record)
        let history = try await laboratory.run(nineReports(.zero)).1
        #expect(history.trials.map(\.enqueuedBy) == [nil, 1, nil])
        #expect(try laboratory.replayed() == [])
    }

    @Test(arguments: [EarlyTermination.none, asha, .successiveHalving(.init(eta: 3, minimum: 1, maximum: 9))])
    func `steered by many random requests, a study of four workers is whole, and replayed the same`(early: EarlyTermination)
        async throws
    {
        let laboratory = try Laboratory(.conditional, .tpe, runCap: 40, workers: 4, early: early)
        let toy = ToySpace.conditional
        let specification = laboratory.specification
        let (outcome, history) = try await laboratory.steered(slowRunner(of: toy)) { steersman in
            var generator = SeededGenerator(seed: 5)
            try await steersman.wait { !$0.trials.isEmpty }
            for round in 0..<40 {
                let trials = try steersman.history().trials.count
                let id = Trial.ID(Int.random(in: 0...trials, using: &generator))
                let request: StudyRequest =
                    switch Int.random(in: 0..<6, using: &generator) {
                    case 0: .prune(id, reason: "round \(round)")
                    case 1: .workers(Int.random(in: 1...6, using: &generator))
                    case 2: .enqueue(specification.space.sample(using: &generator), clone: nil)
                    case 3: .enqueue([:], clone: id)
                    case 4: .note("round \(round)", id)
                    default: .remove(Int.random(in: 1...40, using: &generator))
                    }
                // The study may have come to its end meanwhile; a busy machine only takes its time.
                let isAnswered = try await steersman.ask(request, patience: .seconds(5)).answer != nil
                let history = try steersman.history()
                if !isAnswered, history.trials.count == 40, history.trials.allSatisfy(\.state.isFinal) { return }
            }
        }
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.allSatisfy { $0.state.isFinal })
        let log = try laboratory.store().requests()
        #expect(log.requests.count > 5 && log.pending.isEmpty)
    }
}

/// Trials of a toy's at a pace at which somebody can steer them.
private func slowRunner(of toy: ToySpace) -> FakeTrialRunner {
    FakeTrialRunner(
        pace: { .milliseconds(Int.random(in: 80...240)) },
        objective: { assignment, iter in iter > 9 ? nil : toy.loss(assignment) + 1 / Double(iter) })
}
