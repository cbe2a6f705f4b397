import ArgumentParser
import BuiltInTrainer
import Controller
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import Trainers
import TrialRunners

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Goes on with a study where it stopped, however it stopped.",
        discussion: """
            --space gives it another space file: wider ranges, more choices, another method, other limits. What its trials were \
            compared by stays: the metric, the trainer's fixed settings, the seed, early_terminate, and every value that was tried. A study \
            whose project was moved goes on so too: paths are taken from the file given.
            """)

    @OptionGroup var study: StudyArgument
    @Option(help: "How many trials in all, from now on.") var trials: Int?
    @Option(help: "Trials at the same time, from now on.") var workers: Int?
    @Option(help: "A space file to go on by, from now on.", completion: .file(extensions: ["yaml", "yml"])) var space: String?
    @OptionGroup var runner: RunnerOptions
    @OptionGroup var detach: DetachOption
    @Flag(help: "Write the study's folder tensorboard as it runs, for tensorboard --logdir.") var tensorboard = false
    @Flag(help: "Show errors and the best alone.") var quiet = false

    func validate() throws {
        if let trials, trials < 1 { throw ValidationError("--trials: \(trials) trials are no study; give at least 1") }
        if let workers, workers < 1 { throw ValidationError("--workers: at least one has to work") }
    }

    func run() async throws {
        try await failing {
            let folder = try StudyFolder(root: study.studies.root, name: study.study)
            let before = try StudyStore.open(folder, for: .reading).study()
            guard !before.isImported else { throw StudyStoreError.imported(name: before.name) }
            if space == nil { try requireFolder(of: before) }
            outliveLargeFiles()
            try folder.make()
            let lock = try StudyLock(folder)
            if let other = lock.strayed {
                Console.error(
                    "the study was run by \(other) and not ended there; should that still run, stop it: not every network file system keeps locks between hosts"
                )
            }
            let store = try StudyStore.open(folder, for: .writing).held(by: lock)
            // Its log goes with it, and must not go while the lock is held.
            defer { store.close() }
            var record = try store.study()
            let given = try space.map { try SpaceFile(path: $0, trainers: TrainerList.standard.types) }
            var file = try given ?? store.spaceFile(of: record)
            // A new file that names a runner means it.
            if !runner.runner.isEmpty {
                record.runner = runner.runner
            } else if given?.gives("runner") == true {
                record.runner = nil
            }
            try runner.apply(to: &file, known: record.runner)
            try detach.require(file.specification)
            if file.specification.cluster == nil { try requireNoJobs(store, in: folder) }
            try findProgram(of: &file, startedIn: given == nil ? [] : [record.folder])
            let trials = try store.trials()
            for trial in trials { try folder.requireOwnFiles(of: trial.record.id) }
            record.runCap = try runCap(by: given, record, trials: trials.count { !$0.trial.confirms })
            record.workers = workers ?? given?.specification.workers ?? max(1, record.workers)
            if given != nil { try adopt(file, for: &record, in: store) }
            var specification = file.specification
            specification.name = record.name
            specification.metric = record.metric(as: specification.metric)
            specification.seed = record.seed
            specification.runCap = record.runCap
            specification.workers = record.workers
            let asked = given.map { $0.gives("workers") ? $0.specification.workers : nil } ?? record.workers
            let devices = try await DeviceSetup(for: &specification, file, workers: workers ?? asked)
            for line in devices.lines where !quiet { Console.error(line) }
            let isFeasible = try specification.preflight(file, in: devices.firstPlace).isFeasible
            try specification.requireSeeds(file)
            try specification.requireBaseline(file, after: try store.history())
            try store.update(record)
            var session = StudySession(
                specification: specification, store: store, isFeasible: isFeasible, places: devices.places, quiet: quiet,
                studies: study.studies)
            session.request = specification.confirmation.map { ConfirmationRequest($0) }
            session.writesEvents = tensorboard
            session.detaches = detach.detach
            session.mostWorkers = devices.mostWorkers
            try await session.run()
            _ = consume lock
        }
    }

    /// Its trials would run twice.
    private func requireNoJobs(_ store: StudyStore, in folder: StudyFolder) throws {
        let living = try store.openJobs().filter {
            FileManager.default.fileExists(
                atPath: LaunchFolder(ofLaunch: $0.launch, in: folder.trial(Trial.ID($0.trial))).file)
        }
        let jobs = living.map { $0.job ?? $0.name }
        guard !jobs.isEmpty else { return }
        throw ValidationError(
            "the study's last run left jobs on a cluster (\(jobs.joined(separator: ", "))), and its trials would run there and here: resume "
                + "it there, without --runner local, and end that with Ctrl-C; then go on here. Where that cluster is gone for good, remove "
                + "\(folder.path)/trials/*/launches first")
    }

    /// Trials go on where they began, unless another file says otherwise.
    private func findProgram(of file: inout SpaceFile, startedIn folders: [String]) throws {
        let current = space == nil ? [] : [FileManager.default.currentDirectoryPath]
        if let place = try file.locate(besides: folders + current), !quiet { Console.error("\(place)") }
    }

    /// What a path leads to; nil: nothing.
    private static func file(_ path: String) -> [UInt64]? {
        var status = stat()
        return stat(path, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : nil
    }

    private func requireFolder(of record: StudyRecord) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: record.folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw StudyStoreError.folderGone(
                name: record.name, folder: record.folder, file: record.spaceFileName, options: study.studies.repeated)
        }
    }

    /// The study's new total: as it was told, or what the given file wants, or a run of it would take.
    private func runCap(by given: SpaceFile?, _ record: StudyRecord, trials count: Int) throws -> Int {
        if let trials {
            guard trials >= count else { throw StudyStoreError.hasMore(name: record.name, trials: count, wanted: trials) }
            return trials
        }
        guard let specification = given?.specification else { return record.runCap }
        guard let cap = specification.runCap else { return max(record.runCap, specification.trialCount) }
        if let given, cap < count {
            throw given.refusal(
                ofKey: "run_cap",
                "found \(cap), and study '\(record.name)' has \(count) trials already; give at least \(count), the new total,"
                    + " there or with --trials")
        }
        return cap
    }

    private func adopt(_ file: SpaceFile, for record: inout StudyRecord, in store: StudyStore) throws {
        var (old, new) = (try store.spaceFile(of: record).specification, file.specification)
        (old.metric, new.metric) = (record.metric(as: old.metric), record.metric(as: new.metric))
        let change = SpaceChange(
            from: old, to: new, seed: record.seed, givesSeed: file.gives("seed"),
            trainer: { old, new in
                new.program.change(from: old, to: new) { old, new in Self.file(old).map { $0 != Self.file(new) } ?? false }
            })
        let queue = try store.requests().queue(without: try store.startedRequests())
        if let reason = change.refusal(keeping: try store.history(), queue: queue) {
            throw StudyStoreError.otherSpace(name: record.name, file: file.file, reason: reason)
        }
        for move in change.moves { Console.error("\(move); that its files are the same ones is yours to see to") }
        (record.spaceFile, record.spaceFileName, record.folder) = (file.text, file.file, file.specification.folder)
        record.constraints = file.specification.reportedConstraints
    }
}
