import Controller
import SearchSpaces
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing
import TrainerSettings
import TrialRunners

/// Studies whose configurations do not all fit into the memory.
@Suite(.timeLimit(.minutes(5))) struct OutOfMemoryTests {
    private func laboratory(
        _ method: Method = .tpe, runCap: Int = 30, workers: Int = 1, halving: Bool = false, early: EarlyTermination = .none
    ) throws -> Laboratory {
        var laboratory = try Laboratory(runCap: runCap, workers: workers, early: early)
        laboratory.specification.method = method
        laboratory.specification.space = SearchSpace([
            Parameter(
                name: "batch_size", distribution: .categorical([8, 16, 32, 64].map { .int($0) }, probabilities: nil)),
            Parameter(name: "gradient_accumulation_steps", distribution: .constant(.int(1))),
            Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 1)),
        ])
        laboratory.specification.supervision.maxFailures = 1
        if halving {
            laboratory.specification.supervision.onOutOfMemory = .halveBatch
            laboratory.specification.batchSettings = BatchSettings()
        }
        return laboratory
    }

    private func runner(
        limit: Int, from iter: Int = 1, atRandomPace: Bool = false, noting batches: BatchBox = BatchBox()
    ) -> FakeTrialRunner {
        FakeTrialRunner(
            pace: { atRandomPace ? .microseconds(Int.random(in: 0...2000)) : .zero },
            outOfMemory: { assignment, next in
                let batch = assignment["batch_size"]?.integer ?? 0
                if next == 1 { batches.add(batch) }
                return batch > limit && next >= iter
            },
            objective: { $1 <= 3 ? 1 - abs(($0["learning_rate"]?.number ?? 0) - 0.4) - 1 / Double($1 + 1) : nil })
    }

    private func batch(_ trial: Trial) -> Int { trial.assignment["batch_size"]?.integer ?? 0 }

    @Test(arguments: Method.allCases.filter { $0 != .grid }, [1, 3])
    func `such trials are infeasible, no failures, and what needs as much is not tried again`(method: Method, workers: Int)
        async throws
    {
        let laboratory = try laboratory(method, workers: workers)
        let (outcome, history) = try await laboratory.run(runner(limit: 16, atRandomPace: workers > 1))
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.count == 30)
        let short = history.trials.filter { batch($0) > 16 }
        // Those that ran at the same time, and then one for each batch.
        #expect(short.count <= 2 + 2 * workers)
        for trial in short {
            #expect(trial.state == .pruned)
            #expect(trial.outOfMemory == "out of GPU memory (its log says: CUDA out of memory)")
        }
        #expect(history.trials.allSatisfy { $0.outOfMemory != nil || $0.state == .complete })
        #expect(try laboratory.replayed() == [])
        let error = try short.first.flatMap { try laboratory.store().trial($0.id)?.error }
        #expect(
            short.isEmpty
                || error == "ended with exit code 77: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. "
                    + "GPU 0 has a total; out of GPU memory (its log says: CUDA out of memory)"
        )
    }

    @Test func `killed and resumed it knows what ran out`() async throws {
        let undisturbed = try await laboratory().run(runner(limit: 8)).1
        var remains = try laboratory()
        for number in [3, 12] {
            remains = try await remains.remains(of: runner(limit: 8)) { event in
                if case .settled(let trial, _) = event { trial.id.number >= number } else { false }
            }
        }
        let resumed = try await remains.run(runner(limit: 8)).1
        #expect(resumed.trials.map(\.assignment) == undisturbed.trials.map(\.assignment))
        #expect(resumed.trials.map(\.outOfMemory) == undisturbed.trials.map(\.outOfMemory))
        #expect(try remains.replayed() == [])
    }

    @Test(arguments: [1, 3]) func `with half the batch it is the same trial`(workers: Int) async throws {
        let laboratory = try laboratory(runCap: 20, workers: workers, halving: true)
        let runner = runner(limit: 8, atRandomPace: workers > 1)
        let (outcome, history) = try await laboratory.run(runner)
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.allSatisfy { $0.state == .complete && $0.outOfMemory == nil && $0.reports.count == 3 })
        // Large batches are still tried: they come to the end.
        #expect(history.trials.contains { batch($0) == 64 })
        for trial in history.trials { #expect(batch(trial) >> trial.halvings == 8) }
        for launch in runner.launches {
            let launched = FakeTrialRunner.assignment(of: launch)
            let own = history[launch.trial].assignment["batch_size"]?.integer
            #expect((launched["batch_size"]?.integer ?? 0) * (launched["gradient_accumulation_steps"]?.integer ?? 0) == own)
        }
        // What is known to run out is not launched so.
        if workers == 1 { #expect(history.trials.dropFirst(4).allSatisfy { $0.launches == 1 }) }
        #expect(try laboratory.replayed() == [])
    }

    @Test func `a study that is resumed keeps the batch that fits`() async throws {
        var laboratory = try laboratory(.random, runCap: 4, halving: true)
        laboratory.specification.enqueued = [["batch_size": .int(64)]]
        laboratory = try await laboratory.remains(of: runner(limit: 16)) { event in
            if case .settled(let trial, _) = event { trial.halvings == 1 } else { false }
        }
        #expect(try laboratory.store().history().trials[0].halvings == 1)
        let batches = BatchBox()
        let history = try await laboratory.run(runner(limit: 16, noting: batches)).1
        #expect(batches.values.prefix(2) == [32, 16])
        #expect(history.trials[0].halvings == 2 && history.trials[0].state == .complete)
        #expect(try laboratory.replayed() == [])
    }

    @Test func `an odd batch is not halved`() async throws {
        var laboratory = try laboratory(.random, runCap: 1, halving: true)
        laboratory.specification.space = SearchSpace([
            Parameter(name: "batch_size", distribution: .constant(.int(12))),
            Parameter(name: "gradient_accumulation_steps", distribution: .constant(.int(2))),
            Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 1)),
        ])
        let batches = BatchBox()
        let trial = try await laboratory.run(runner(limit: 1, noting: batches)).1.trials[0]
        #expect(batches.values == [12, 6, 3])
        #expect(trial.halvings == 2 && trial.state == .pruned && trial.outOfMemory != nil)
    }

    @Test func `one that runs out later keeps its reports, and is never promoted`() async throws {
        let rungs = EarlyTermination.Rungs(eta: 2, minimum: 1, maximum: 3)
        for early in [EarlyTermination.asha(rungs), .successiveHalving(rungs), .median(warmUp: 0, startUpTrials: 2)] {
            let laboratory = try laboratory(.random, runCap: 16, workers: 2, early: early)
            let history = try await laboratory.run(runner(limit: 16, from: 2)).1
            #expect(history.trials.allSatisfy { $0.state.isFinal })
            for trial in history.trials where trial.outOfMemory != nil {
                #expect(trial.state == .pruned && trial.reports.count == 1 && batch(trial) > 16)
            }
            #expect(history.trials.contains { $0.state == .complete })
            #expect(try laboratory.replayed() == [])
        }
    }

    @Test func `a study in which nothing fits says so and ends`() async throws {
        let laboratory = try laboratory(.random)
        let said = NoticeBox()
        let controller = try laboratory.controller(runner(limit: 0)) { event, _ in
            if case .noticed(_, let text) = event { said.add(text) }
        }
        let outcome = try await controller.run()
        guard case .finished(let note?) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let count = try laboratory.store().history().trials.count
        #expect(
            note == "every configuration that is left needs at least as much memory as one of the \(count) that ran out of it")
        #expect(count >= FailureLimit.firstFailures && count < 10)
        #expect(said.texts.count == 1 && said.texts[0].contains("ran out of memory"))
    }

    @Test func `where nobody knows what drives memory the run is given up in the end`() async throws {
        var laboratory = try laboratory(.random, runCap: 40)
        laboratory.specification.space = SearchSpace([Parameter(name: "gamma", distribution: .uniform(min: 0, max: 1))])
        let runner = FakeTrialRunner(outOfMemory: { _, _ in true }, objective: { _, _ in 1 })
        guard case .stopped(.failing(let reason)) = try await laboratory.run(runner).0 else {
            Issue.record("it went on")
            return
        }
        #expect(reason.hasPrefix("the first 15 trials of this run have all run out of memory"))
    }
}

/// The batches that launches began with.
private final class BatchBox: Sendable {
    private let state = Mutex<[Int]>([])
    var values: [Int] { state.withLock { $0 } }
    func add(_ batch: Int) { state.withLock { $0.append(batch) } }
}

/// What a study said.
private final class NoticeBox: Sendable {
    private let state = Mutex<[String]>([])
    var texts: [String] { state.withLock { $0 } }
    func add(_ text: String) { state.withLock { $0.append(text) } }
}
