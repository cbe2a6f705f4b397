import ArgumentParser
import BuiltInTrainer
import Controller
import Foundation
import Imports
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import TrainerSettings
import Trainers

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Makes a study of one that another program made.",
        discussion: """
            FILE is a database or a journal of Optuna's, or a CSV file with a column for each parameter and one for the metric. \
            `status`, `trials` and `best` show the study, and `warm_start: [NAME]` in a space file learns from it. For example:

              autolora import study.db --as first-tuning --study tuning --rename lr=learning_rate
              autolora import runs.csv --as sweep --metric val_loss --goal minimize
            """)

    @Argument(help: "A file of Optuna's (SQLite or journal), or a CSV file.", completion: .file()) var file: String
    @Option(name: .customLong("as"), help: "The name that the study gets.") var name: String
    @Option(help: "Which of the file's studies, where it has several.") var study: String?
    @Option(help: "The metric: of a CSV file the column, of Optuna the objective's name, or the name that it gets.") var metric:
        String?
    @Option(help: "maximize or minimize; where left out, as the file has it, or as the metric's name tells.") var goal: Goal?
    @Option(help: "A parameter's name in the file and its name here: lr=learning_rate. Any number of times.") var rename:
        [String] = []
    @OptionGroup var studies: StudiesOption
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if let bad = rename.first(where: { $0.split(separator: "=").count != 2 }) {
            throw ValidationError("--rename: found '\(bad)', expected the file's name and yours: lr=learning_rate")
        }
    }

    func run() async throws {
        try await failing {
            let folder = try StudyFolder(root: studies.root, name: name)
            guard !StudyFolder.names(in: studies.root).contains(folder.name) else {
                throw StudyStoreError.taken(name: folder.name, folder: folder.path)
            }
            let foreign = try read()
            let metric = metric ?? foreign.metric ?? "value"
            let goal = goal ?? foreign.goal ?? Goal(usualFor: metric)
            let history = foreign.history(goal)
            let text =
                StudyRecord.importMark + "# From \(file.debugDescription)\n"
                + foreign.spaceFile(named: folder.name, metric: metric, goal: goal.rawValue)
            // What cannot be read again would be a study that nobody can look at.
            let space = try SpaceFile(
                text: text, SpaceFilePlace(file: "the space file made of \(file)", folder: "/"),
                trainers: TrainerList.standard.types)
            let now = Date().timeIntervalSince1970
            try folder.make()
            let lock = try StudyLock(folder)
            let record = StudyRecord(
                name: folder.name, metric: metric, goal: goal, spaceFile: text, spaceFileName: file,
                folder: FileManager.default.currentDirectoryPath, seed: 0, runCap: history.trials.count, workers: 1,
                createdAt: now)
            let store = try StudyStore.create(record, in: folder).held(by: lock)
            defer { store.close() }
            try store.fill(with: history.trials, at: now)
            try writeConfigurations(of: history.trials, by: space.specification, in: folder)
            report(foreign, history, metric, in: folder)
            _ = consume lock
        }
    }

    private func read() throws -> ForeignStudy {
        let names = Dictionary(
            rename.map { pair in
                let parts = pair.split(separator: "=").map(String.init)
                return (parts[0], parts[1])
            }
        ) { first, _ in first }
        let foreign = try ForeignFormats.read(file, ImportRequest(study: study, metric: metric))
        guard !foreign.trials.isEmpty, !foreign.parameters.isEmpty else {
            throw ImportError(file, "has no trial that has ended and tells of its parameters; nothing is imported")
        }
        if let unknown = names.keys.sorted().first(where: { !foreign.parameters.contains($0) }) {
            throw ImportError(
                file,
                "--rename: there is no parameter '\(unknown)'; it has \(foreign.parameters.sorted().joined(separator: ", "))"
                    + nearestHint(to: unknown, among: foreign.parameters.sorted()))
        }
        if let goal, let own = foreign.goal, goal != own {
            throw ImportError(file, "--goal: found \(goal.rawValue), and the study was made to \(own.rawValue)")
        }
        return foreign.renaming(names)
    }

    /// What each trial's folder tells of it.
    private func writeConfigurations(
        of trials: [Trial], by specification: StudySpecification, in folder: StudyFolder
    ) throws {
        let preparation = TrialPreparation(
            specification: specification, study: folder.name, folder: folder, trainer: specification.program,
            machine: .init(autolora: "autolora", threads: 1, environment: [:]))
        for trial in trials {
            try makeFolders(folder.trial(trial.id))
            let text = TrialJSON.file(try preparation.configuration(of: trial))
            try AtomicFile.write([Data(text.utf8)], to: folder.configuration(of: trial.id), durable: false)
        }
    }

    private func report(_ foreign: ForeignStudy, _ history: History, _ metric: String, in folder: StudyFolder) {
        guard !json else {
            return Console.print(
                json: .object([
                    "study": .string(folder.name), "metric": .string(metric), "goal": .string(history.goal.rawValue),
                    "trials": .int(history.trials.count), "left_out": .int(foreign.leftOut),
                ]))
        }
        let left = foreign.leftOut == 0 ? "" : "; \(foreign.leftOut) that failed or have not ended are left out"
        Console.print(
            "study \(folder.name): \(history.trials.count) trials, to \(history.goal.rawValue) \(metric)\(left)".printable)
        Console.print("look at it   autolora trials \(folder.name)\(studies.repeated)")
        Console.print("learn of it  warm_start: [\(folder.name)]")
        Console.print("undo         rm -r \(folder.path.shellWord)")
    }
}

extension Goal: ExpressibleByArgument {}
