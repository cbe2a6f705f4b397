import Controller
import SearchSpaces
import Strategies
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings
import Trainers
import TrialRunners

@testable import search_benchmark

private let length = 9
private let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: length)
private let schedulers: [EarlyTermination] = [
    .none, .median(warmUp: 0, startUpTrials: 3), .successiveHalving(rungs), .hyperband(rungs), .asha(rungs, brackets: 2),
]

/// Ten steps a report; the larger x, the longer it takes. Rising, and best where x is a third.
private func curve(_ assignment: Assignment) -> [LearningProblem.CurvePoint] {
    let x = assignment["x"]?.number ?? .nan
    return (1...length).map { iter in
        let value = 1 - 1 / Double(iter + 1) - abs(x - 1.0 / 3)
        return LearningProblem.CurvePoint(step: iter * 10, seconds: Double(iter) * (1 + x), value: value)
    }
}

private func specification(_ early: EarlyTermination, workers: Int) -> StudySpecification {
    StudySpecification(
        name: "simulated", metric: Metric(name: "score", goal: .maximize), method: .tpe, runCap: 30, workers: workers, seed: 3,
        earlyTermination: early, trainer: .command(["true", "${args}"]),
        space: SearchSpace([Parameter(name: "x", distribution: .uniform(min: 0, max: 1))]), folder: "/tmp")
}

private func played(_ early: EarlyTermination, workers: Int) throws -> SimulatedStudy {
    var study = try SimulatedStudy(specification(early, workers: workers), curve: curve)
    study.play()
    return study
}

@Suite struct SimulatedStudyTests {
    @Test(arguments: schedulers) func `with one worker it is the study that the controller runs`(early: EarlyTermination)
        async throws
    {
        let simulated = try played(early, workers: 1).history
        let temporary = try TemporaryFolder()
        defer { withExtendedLifetime(temporary) {} }
        let folder = try StudyFolder(root: temporary.path, name: "real")
        let specification = specification(early, workers: 1)
        let store = try StudyStore.create(
            StudyRecord(
                name: "real", metric: "score", goal: .maximize, spaceFile: "", spaceFileName: "", folder: "/", seed: 3,
                runCap: 30, workers: 1, createdAt: 0, constraints: [:]), in: folder)
        let controller = Controller(
            specification: specification, store: store, suggester: try Suggester(specification: specification),
            runner: FakeTrialRunner(objective: { $1 <= length ? curve($0)[$1 - 1].value : nil }),
            preparation: TrialPreparation(
                specification: specification, study: "real", folder: folder, trainer: CommandTrainer(),
                machine: .init(autolora: "/nowhere", threads: 1, environment: ["PATH": "/usr/bin"])),
            now: { 0 })
        _ = try await controller.run()
        let real = try store.history()
        #expect(real.trials.map(\.assignment) == simulated.trials.map(\.assignment))
        #expect(real.trials.map { $0.reports.map(\.value) } == simulated.trials.map { $0.reports.map(\.value) })
        #expect(real.trials.count == 30)
    }

    @Test(arguments: schedulers, [1, 4]) func `no step is made twice and the clock has room for all of them`(
        early: EarlyTermination, workers: Int
    )
        throws
    {
        let study = try played(early, workers: workers)
        let trials = study.history.trials
        #expect(trials.allSatisfy { $0.reports.map(\.iter) == Array(1..<($0.iter + 1)) })
        #expect(study.steps == 10 * trials.reduce(0) { $0 + $1.iter })
        let work = trials.reduce(0) { $0 + (($1.reports.isEmpty ? [] : curve($1.assignment))[safe: $1.iter - 1]?.seconds ?? 0) }
        #expect(study.seconds >= work / Double(workers) - 1e-9)
        if workers == 1 { #expect(abs(study.seconds - work) < 1e-9) }
    }

    @Test func `an improvement is as late as all the work before it, and better than the one before`() throws {
        let study = try played(.asha(rungs), workers: 4)
        let values = study.improvements.map(\.value)
        #expect(values == values.sorted() && Set(values).count == values.count)
        #expect(study.improvements.map(\.steps) == study.improvements.map(\.steps).sorted())
        #expect(study.improvements.last?.value == study.history.best?.report.value)
        #expect(study.improvements.first?.steps == 10)
    }

    @Test func `four workers take about a quarter of the time`() throws {
        let (one, four) = (try played(.none, workers: 1), try played(.none, workers: 4))
        #expect(four.seconds < one.seconds * 0.4)
        #expect(four.steps == one.steps)
    }

    @Test func `it ends once it has cost the steps that it was given`() throws {
        var study = try SimulatedStudy(specification(.none, workers: 2), curve: curve)
        study.play(steps: 95)
        #expect(study.steps == 100)
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
