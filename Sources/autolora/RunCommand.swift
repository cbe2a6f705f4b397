import ArgumentParser
import BuiltInTrainer
import Controller
import Foundation
import SearchSpaces
import SpaceFiles
import StudyStore
import TrainerSettings
import Trainers

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs the study of a space file.",
        discussion: """
            --runner slurm runs trials as jobs of a cluster (docs/cluster.md), with what each is to have after it.

            Example: autolora run space.yaml --workers 8 --runner slurm partition=gpu time=2h cpus=8 mem=32G gpus=1
            """)

    @Argument(help: "The space file.", completion: .file(extensions: ["yaml", "yml"])) var space: String
    @Option(help: "The study's name; otherwise the space file's.") var study: String?
    @OptionGroup var studies: StudiesOption
    @Option(help: "How many trials in all, instead of run_cap.") var trials: Int?
    @Option(help: "Trials at the same time.") var workers: Int?
    @Option(help: "The study's seed.") var seed: Int?
    @Option(help: "Stop after so long, 30m or 2h say; the study can be resumed.") var time: String?
    @OptionGroup var runner: RunnerOptions
    @OptionGroup var detach: DetachOption
    @Flag(help: "Write the study's folder tensorboard as it runs, for tensorboard --logdir.") var tensorboard = false
    @Flag(help: "Show errors and the best alone.") var quiet = false

    func validate() throws {
        if let trials, trials < 1 { throw ValidationError("--trials: \(trials) trials are no study; give at least 1") }
        if let workers, workers < 1 { throw ValidationError("--workers: at least one has to work") }
        if let time, SpaceFile.seconds(in: time) == nil {
            throw ValidationError("--time: '\(time)' is no time; write 90s, 30m or 2h")
        }
    }

    func run() async throws {
        try await failing {
            var file = try SpaceFile(path: space, trainers: TrainerList.standard.types)
            try runner.apply(to: &file)
            try detach.require(file.specification)
            let place = try file.locate(besides: [FileManager.default.currentDirectoryPath])
            var specification = file.specification
            specification.name = study ?? specification.name
            let repetition = trials.flatMap(specification.repetition)
            specification.runCap = trials ?? specification.runCap
            specification.runCap = specification.trialCount
            specification.workers = workers ?? specification.workers
            specification.seed = seed ?? specification.seed
            specification.timeCap = time.flatMap(SpaceFile.seconds(in:)) ?? specification.timeCap
            var folder = try StudyFolder(root: studies.root, name: specification.name)
            try folder.requireHere()
            guard !StudyFolder.names(in: studies.root).contains(folder.name) else {
                throw StudyStoreError.exists(name: folder.name, folder: folder.path, options: studies.repeated)
            }
            var reading = EarlierStudies(for: specification, file: file, in: studies.root)
            let earlier = try reading.read()
            for note in reading.notes where !quiet { Console.error(note) }
            for warning in file.warnings + [place].compactMap(\.self) where !quiet { Console.error("\(warning)") }
            if !quiet, let repetition { Console.error("--trials: \(repetition)") }
            let asked = workers ?? (file.gives("workers") ? specification.workers : nil)
            let devices = try await DeviceSetup(for: &specification, file, workers: asked)
            for line in devices.lines where !quiet { Console.error(line) }
            let findings = try specification.preflight(file, in: devices.firstPlace)
            try specification.requireSeeds(file)
            try specification.requireBaseline(file)
            if !quiet, !findings.data.isEmpty { Console.error(findings.data.text) }
            for warning in findings.warnings where !quiet { Console.error("warning: \(warning)") }
            outliveLargeFiles()
            try folder.make()
            if let word = try folder.placeStore(ProcessInfo.processInfo.environment), !quiet { Console.error(word) }
            let lock = try StudyLock(folder)
            var record = StudyRecord(
                name: folder.name, metric: specification.metric.name, goal: specification.metric.goal,
                spaceFile: file.text, spaceFileName: file.file, folder: specification.folder, seed: specification.seed,
                runCap: specification.trialCount, workers: specification.workers, createdAt: Date().timeIntervalSince1970,
                constraints: specification.reportedConstraints, otherMetrics: specification.otherMetrics)
            record.runner = runner.runner.isEmpty ? nil : runner.runner
            let store = try StudyStore.create(record, in: folder).held(by: lock)
            // Its log goes with it, and must not go while the lock is held.
            defer { store.close() }
            try store.record(earlier)
            var session = StudySession(
                specification: specification, store: store, isFeasible: findings.isFeasible, places: devices.places,
                quiet: quiet, studies: studies)
            session.request = specification.confirmation.map { ConfirmationRequest($0) }
            session.writesEvents = tensorboard
            session.detaches = detach.detach
            session.mostWorkers = devices.mostWorkers
            try await session.run()
            _ = consume lock
        }
    }
}
