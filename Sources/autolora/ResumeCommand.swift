import ArgumentParser
import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Goes on with a study where it stopped, however it stopped.",
        discussion: """
            --space gives it another space file: wider ranges, more choices, another method, other limits. What its trials were \
            compared by stays: the metric, the trainer's fixed settings, the seed, early_terminate, and every value that was tried.
            """)

    @OptionGroup var study: StudyArgument
    @Option(help: "How many trials in all, from now on.") var trials: Int?
    @Option(help: "Trials at the same time, from now on.") var workers: Int?
    @Option(help: "A space file to go on by, from now on.", completion: .file(extensions: ["yaml", "yml"])) var space: String?
    @Flag(help: "Show errors and the best alone.") var quiet = false

    func validate() throws {
        if let trials, trials < 1 { throw ValidationError("--trials: \(trials) trials are no study; give at least 1") }
        if let workers, workers < 1 { throw ValidationError("--workers: at least one has to work") }
    }

    func run() async throws {
        try await failing {
            let folder = try StudyFolder(root: study.studies.root, name: study.study)
            _ = try StudyStore.open(folder, for: .reading)
            try folder.make()
            let lock = try StudyLock(folder)
            if let other = lock.strayed {
                Console.error(
                    "the study was run by \(other) and not ended there; should that still run, stop it: not every network file system keeps locks between hosts"
                )
            }
            let store = try StudyStore.open(folder, for: .writing)
            var record = try store.study()
            let count = try store.trials().count
            let given = try space.map { try SpaceFile(path: $0) }
            if let wanted = trials ?? given?.specification.runCap, wanted < count {
                throw StudyStoreError.hasMore(name: record.name, trials: count, wanted: wanted)
            }
            record.runCap = trials ?? given?.specification.runCap ?? record.runCap
            record.workers = workers ?? given?.specification.workers ?? max(1, record.workers)
            let file = try given ?? SpaceFile(text: record.spaceFile, file: record.spaceFileName, folder: record.folder)
            if let given { try adopt(given, for: &record, in: store) }
            var specification = file.specification
            specification.name = record.name
            specification.seed = record.seed
            specification.runCap = record.runCap
            specification.workers = record.workers
            let feasibility = try Preflight(specification, file: file).run()
            try store.update(runCap: record.runCap, workers: record.workers)
            if given != nil { try store.adoptSpace(of: record) }
            try await StudySession(
                specification: specification, store: store, feasibility: feasibility, quiet: quiet, studies: study.studies
            ).run()
            _ = consume lock
        }
    }

    private func adopt(_ file: SpaceFile, for record: inout StudyRecord, in store: StudyStore) throws {
        let old = try SpaceFile(text: record.spaceFile, file: record.spaceFileName, folder: record.folder)
        let change = SpaceChange(from: old.specification, to: file.specification)
        if let reason = change.refusal(keeping: try store.history()) {
            throw StudyStoreError.otherSpace(name: record.name, file: file.file, reason: reason)
        }
        (record.spaceFile, record.spaceFileName, record.folder) = (file.text, file.file, file.specification.folder)
        record.constraints = file.specification.reportedConstraints
    }
}
