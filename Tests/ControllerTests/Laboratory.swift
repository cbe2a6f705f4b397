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
import Trainers
import TrialRunners

/// A study in a folder of its own, run against scripted trials.
struct Laboratory {
    let temporary: TemporaryFolder
    let folder: StudyFolder
    var specification: StudySpecification

    var constraints: [String: Limits] = [:]
    var confirming: ConfirmationRequest?

    init(runCap: Int = 9, workers: Int = 1, early: EarlyTermination = .none, target: Double? = nil) throws {
        temporary = try TemporaryFolder(inMemory: true)
        folder = try StudyFolder(root: temporary.path, name: "lab")
        specification = StudySpecification(
            name: "lab", metric: Metric(name: "score", goal: .maximize, target: target), method: .random, runCap: runCap,
            workers: workers, seed: 3, earlyTermination: early, trainer: .command(["true", "${args}"]),
            space: SearchSpace([Parameter(name: "x", distribution: .uniform(min: 0, max: 1))]), folder: temporary.path)
    }

    /// A study over a toy's space, seeded by it.
    init(_ toy: ToySpace, _ method: Method, runCap: Int, workers: Int = 1, early: EarlyTermination = .none) throws {
        try self.init(runCap: runCap, workers: workers, early: early)
        let toy = toy.specification(method)
        (specification.space, specification.method, specification.seed) = (toy.space, method, toy.seed)
        specification.metric = toy.metric
    }

    func store() throws -> StudyStore {
        if FileManager.default.fileExists(atPath: folder.database) { return try StudyStore.open(folder, for: .writing) }
        return try StudyStore.create(
            StudyRecord(
                name: "lab", metric: "score", goal: specification.metric.goal, spaceFile: "", spaceFileName: "", folder: "/",
                seed: 3, runCap: specification.runCap ?? 9, workers: 1, createdAt: 0, constraints: constraints), in: folder)
    }

    /// - Parameters:
    ///   - store: as a run holds it; nil: as nobody does.
    ///   - living: jobs of an earlier controller.
    ///   - witness: sees each event before the study goes on.
    func controller(
        _ runner: any TrialRunner, store: StudyStore? = nil, living: [LivingLaunch] = [], news: EventFeed? = nil,
        witness: @escaping @Sendable (StudyEvent, History) -> Void = { _, _ in }
    ) throws -> Controller {
        Controller(
            specification: specification, store: try store ?? self.store(),
            suggester: try Suggester(specification: specification), runner: runner,
            preparation: TrialPreparation(
                specification: specification, study: "lab", folder: folder, trainer: CommandTrainer(),
                machine: .init(autolora: "/nowhere", threads: 1, environment: ["PATH": "/usr/bin"])),
            now: { 0 }, living: living, news: news ?? EventFeed(witness: witness), confirming: confirming)
    }

    /// The same study as it is on the disk now, in another folder.
    func copy() throws -> Laboratory {
        var other = try Laboratory()
        (other.specification, other.constraints, other.confirming) = (specification, constraints, confirming)
        try FileManager.default.copyItem(atPath: folder.path, toPath: other.folder.path)
        return other
    }

    @discardableResult func run(_ runner: any TrialRunner) async throws -> (Outcome, History) {
        let outcome = try await controller(runner).run()
        return (outcome, try store().history())
    }
}

extension Laboratory {
    /// Runs until something happens for the first time, and gives what is on the disk then: what a killed controller leaves.
    func remains(
        of runner: any TrialRunner, at isLast: @escaping @Sendable (StudyEvent) -> Bool
    ) async throws -> Laboratory {
        let found = Mutex<Laboratory?>(nil)
        let running = Mutex<Controller?>(nil)
        let controller = try controller(runner) { event, _ in
            found.withLock { found in
                guard found == nil, isLast(event) else { return }
                found = try? copy()
                running.withLock { $0?.interrupt() }
            }
        }
        running.withLock { $0 = controller }
        // It knows the closure that knows it: its folders would never go.
        defer { running.withLock { $0 = nil } }
        _ = try await controller.run()
        return try #require(found.withLock { $0 })
    }
}

/// Trials of a toy's: they get better with time, some fail, some report no number for a while.
func runner(of toy: ToySpace, atRandomPace: Bool = false) -> FakeTrialRunner {
    FakeTrialRunner(
        pace: { atRandomPace ? .microseconds(Int.random(in: 0...2000)) : .zero },
        objective: { assignment, iter in
            let loss = toy.loss(assignment)
            // Not all alike where losses are multiples of 0.3.
            let chance = Int((loss * 12345.678 + 7).truncatingRemainder(dividingBy: 20))
            if chance == 0 || iter > 9 { return nil }
            return chance == 1 && iter < 3 ? .nan : loss + 1 / Double(iter)
        })
}
