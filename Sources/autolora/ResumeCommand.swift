import ArgumentParser
import Controller
import Foundation
import SearchSpaces
import StudyStore

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Goes on with a study where it stopped, however it stopped.")

    @OptionGroup var study: StudyArgument
    @Option(help: "How many trials in all, from now on.") var trials: Int?
    @Option(help: "Trials at the same time, from now on.") var workers: Int?
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
            if let trials, trials < count { throw StudyStoreError.hasMore(name: record.name, trials: count, wanted: trials) }
            record.runCap = trials ?? record.runCap
            record.workers = workers ?? max(1, record.workers)
            let file = try SpaceFile(text: record.spaceFile, file: record.spaceFileName, folder: record.folder)
            var specification = file.specification
            specification.name = record.name
            specification.seed = record.seed
            specification.runCap = record.runCap
            specification.workers = record.workers
            let feasibility = try Preflight(specification, file: file).run()
            try store.update(runCap: record.runCap, workers: record.workers)
            try await StudySession(
                specification: specification, store: store, feasibility: feasibility, quiet: quiet, studies: study.studies
            ).run()
            _ = consume lock
        }
    }
}
