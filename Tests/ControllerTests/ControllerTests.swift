import Controller
import Foundation
import SearchSpaces
import Strategies
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing
import TrainerSettings
import TrialRunners

private let asha = EarlyTermination.asha(.init(eta: 3, minimum: 1, maximum: 9))

/// Trial 4 is the best of all, and all get better with time.
@Sendable private func rising(_ id: Trial.ID, _ iter: Int) -> Double? {
    iter <= 9 ? 1 - 1 / Double(iter + 1) - abs(Double(id.number) - 4) / 100 : nil
}

@Suite struct ControllerTests {
    @Test(arguments: [1, 3]) func `a study runs its trials and no more`(workers: Int) async throws {
        let (outcome, history) = try await Laboratory(workers: workers).run(FakeTrialRunner(curve: rising))
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.map(\.state) == Array(repeating: .complete, count: 9))
        #expect(history.trials.allSatisfy { $0.reports.map(\.iter) == Array(1...9) })
        #expect(history.best?.trial.id == Trial.ID(4))
    }

    @Test func `promotion goes on from the checkpoint and repeats no report`() async throws {
        let laboratory = try Laboratory(early: asha)
        let runner = FakeTrialRunner(curve: rising)
        let (_, history) = try await laboratory.run(runner)
        let complete = history.trials.filter { $0.state == .complete }
        #expect(!complete.isEmpty)
        #expect(history.trials.allSatisfy { $0.state == .complete || $0.state == .pruned })
        #expect(history.trials.allSatisfy { $0.reports.map(\.iter) == Array(1...max(1, $0.reports.count)) })
        let promoted = runner.launches.filter { ($0.environment["AUTOLORA_RESUME_FROM"] ?? nil) != nil }
        #expect(!promoted.isEmpty)
        #expect(history.trials.contains { $0.launches > 1 })
        // What is over leaves no checkpoint behind.
        for trial in history.trials {
            #expect(!FileManager.default.fileExists(atPath: laboratory.folder.checkpoint(of: trial.id)))
        }
    }

    @Test func `checkpoints go as soon as nobody can be promoted from them`() async throws {
        let halving = EarlyTermination.successiveHalving(.init(eta: 3, minimum: 1, maximum: 9))
        let laboratory = try Laboratory(early: halving)
        let folder = laboratory.folder
        let seen = Mutex<[Int: [Int]]>([:])
        let controller = try laboratory.controller(FakeTrialRunner(curve: rising)) { event, history in
            guard case .launched(let trial, _) = event, let milestone = trial.milestone else { return }
            let left = history.trials.map(\.id).filter {
                FileManager.default.fileExists(atPath: folder.checkpoint(of: $0) + "/iter")
            }
            seen.withLock { if $0[milestone] == nil { $0[milestone] = left.map(\.number) } }
        }
        #expect(try await controller.run() == .finished(note: nil))
        // When the first of three goes on from the first rung, and the one of them from the second.
        #expect(seen.withLock { $0[3] } == [3, 4, 5])
        #expect(seen.withLock { $0[9] } == [4])
    }

    /// Checkpoints come after reports, so what a killed trial reported last is reported again.
    @Test(arguments: [1, 2, 5, 8, 13, 21]) func `killed after any report and resumed, a study is the undisturbed one`(
        after count: Int
    ) async throws {
        let undisturbed = try await Laboratory(early: asha).run(FakeTrialRunner(curve: rising)).1

        let laboratory = try Laboratory(early: asha)
        let runner = FakeTrialRunner(hangAfter: count, curve: rising)
        let dying = Task { [laboratory] in try await laboratory.controller(runner).run() }
        // From then on nothing is written: what is on the disk is what a killed controller leaves.
        try #require(await eventually { runner.isHanging })
        let remains = try laboratory.copy()
        dying.cancel()
        _ = try? await dying.value
        let resumed = try await remains.run(FakeTrialRunner(curve: rising)).1
        #expect(resumed.trials.map(\.assignment) == undisturbed.trials.map(\.assignment))
        #expect(resumed.trials.map(\.reports) == undisturbed.trials.map(\.reports))
        #expect(resumed.trials.map(\.state) == undisturbed.trials.map(\.state))
    }

    @Test func `interrupted, a study keeps what was reported and goes on`() async throws {
        let laboratory = try Laboratory(workers: 2)
        let controller = try laboratory.controller(FakeTrialRunner(hangAfter: 20, curve: rising))
        async let outcome = controller.run()
        while try laboratory.store().history().trials.reduce(0, { $0 + $1.reports.count }) < 20 {
            try await Task.sleep(for: .milliseconds(5))
        }
        controller.interrupt()
        #expect(try await outcome == .stopped(.interrupted))
        let stopped = try laboratory.store().history()
        #expect(stopped.trials.contains { $0.state == .waiting })
        #expect(try laboratory.store().study().finishedAt == nil)
        let (again, history) = try await laboratory.run(FakeTrialRunner(curve: rising))
        #expect(again == .finished(note: nil))
        #expect(history.trials.count == 9)
        #expect(history.trials.allSatisfy { $0.state == .complete && $0.reports.count == 9 })
    }

    @Test func `time that is up leaves the study resumable`() async throws {
        var laboratory = try Laboratory()
        laboratory.specification.timeCap = 3
        let (outcome, history) = try await laboratory.run(FakeTrialRunner(hangAfter: 3, curve: rising))
        #expect(outcome == .stopped(.timeUp))
        #expect(history.trials.map(\.state) == [.waiting])
    }

    @Test func `the target ends the study and prunes what still ran`() async throws {
        let laboratory = try Laboratory(workers: 2, target: 0.8)
        let (outcome, history) = try await laboratory.run(FakeTrialRunner(curve: rising))
        guard case .finished(let note?) = outcome else { throw ControllerTestFailure() }
        #expect(note.contains("target"))
        #expect(history.trials.allSatisfy { $0.state.isFinal })
        #expect(history.trials.count < 9)
        #expect(try laboratory.store().study().finishedAt != nil)
        // It stays finished, whatever is resumed.
        let runner = FakeTrialRunner(curve: rising)
        guard case .finished(_?) = try await laboratory.run(runner).0 else { throw ControllerTestFailure() }
        #expect(runner.launches.isEmpty)
    }

    @Test func `a space that is exhausted ends the study, its last bracket too`() async throws {
        var laboratory = try Laboratory(early: .successiveHalving(.init(eta: 2, minimum: 1, maximum: 8)))
        laboratory.specification.method = .grid
        laboratory.specification.space = SearchSpace([Parameter(name: "x", distribution: .intUniform(min: 1, max: 4))])
        let (outcome, history) = try await laboratory.run(FakeTrialRunner(curve: rising))
        #expect(outcome == .finished(note: "every configuration has been tried"))
        #expect(history.trials.map { $0.assignment["x"] } == [.int(1), .int(2), .int(3), .int(4)])
        #expect(history.trials.contains { $0.state == .complete })
    }

    @Test func `failed trials count and do not win`() async throws {
        let runner = FakeTrialRunner(ending: { $0.number == 4 ? .exited(1) : .exited(0) }, curve: rising)
        let history = try await Laboratory().run(runner).1
        #expect(history.trials[4].state == .failed)
        #expect(history.best?.trial.id != Trial.ID(4))
        #expect(history.trials.count == 9)
    }

    @Test func `a trial that ends without a report has failed and says so`() async throws {
        let laboratory = try Laboratory(runCap: 1)
        _ = try await laboratory.run(FakeTrialRunner(curve: { _, _ in nil }))
        let row = try #require(try laboratory.store().trials().first?.record)
        #expect(row.state == .failed)
        #expect(row.error?.contains("without a report") == true)
    }

    @Test func `NaN never wins and stops nothing`() async throws {
        let history = try await Laboratory(early: asha).run(
            FakeTrialRunner(curve: { id, iter in id.number.isMultiple(of: 2) ? .nan : rising(id, iter) })
        ).1
        #expect(history.trials.count == 9)
        #expect(history.best.map { !$0.trial.id.number.isMultiple(of: 2) } == true)
    }

    /// The fake trials' loss is 1 - value.
    @Test func `a target that is reached by breaking a constraint is not reached`() async throws {
        var laboratory = try Laboratory(runCap: 3, target: 0.8)
        laboratory.constraints = ["loss": Limits(min: 0.25)]
        let (outcome, history) = try await laboratory.run(FakeTrialRunner { _, iter in iter <= 9 ? Double(iter) / 10 : nil })
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.allSatisfy { $0.state == .complete && $0.reports.count == 9 })
        #expect(history.best == nil)
        laboratory = try Laboratory(runCap: 3, target: 0.8)
        laboratory.constraints = ["loss": Limits(min: 0.05)]
        let reached = try await laboratory.run(FakeTrialRunner { _, iter in iter <= 9 ? Double(iter) / 10 : nil }).0
        #expect(reached == .finished(note: "score reached the target: 0.8"))
    }

    @Test func `config json says what docs formats says`() async throws {
        let laboratory = try Laboratory(runCap: 1)
        let runner = FakeTrialRunner(curve: rising)
        _ = try await laboratory.run(runner)
        let text = try #require(laboratory.temporary.read("lab/trials/0/config.json"))
        let object = try JSONDecoder().decode([String: SettingValue].self, from: Data(text.utf8))
        #expect(Set(object.keys) == ["study", "trial", "seed", "metric", "parameters", "trainer"])
        #expect(object["seed"] == .int(3))
        let launch = try #require(runner.launches.first)
        guard case .object(let parameters)? = object["parameters"] else { throw ControllerTestFailure() }
        let x = try #require(parameters["x"]?.number)
        #expect(launch.command == ["true", "--x=\(x)"])
        #expect(launch.environment["AUTOLORA_STUDY"] == "lab")
        #expect(launch.environment["AUTOLORA_STOP_AFTER"] == .some(nil))
    }
}

struct ControllerTestFailure: Error {}
