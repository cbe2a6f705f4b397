package import SearchSpaces
package import SpaceFiles
package import Studies
package import TrainerSettings

/// Any program, by the command that starts it: its words, with macros for what is another in each trial.
package struct CommandTrainer: Trainer {
    package let type = "command"
    package let name = "a command"
    package let keysInsteadOfSection = ["program", "command"]
    package let keysBesideSection = CommandStyle.keys + [WandB.key]

    /// Linux's MAX_ARG_STRLEN, the end's zero included.
    private static let longestWord = 128 << 10

    package init() {}

    package func read(_ section: TrainerSection) throws(SpaceFileError) -> LocatedTrainer {
        try CommandReader(section: section).trainer()
    }

    package func check(_ study: LocatedStudy) throws(SpaceFileError) {
        let trainer = study.trainer
        let command = LocatedCommand(trainer.specification) { trainer.places[$0] }
        try WordLengths(command, CommandStyle(trainer.settings)).check(study.parameters)
    }

    package func batchSettings(in study: StudySpecification) -> BatchSettings? { CommandBatch.settings(in: study.space) }

    package var reasonNotToHalve: String { CommandBatch.reason }

    package func warnings(about study: LocatedStudy) -> [(Position, String)] { CommandWarnings(study).all }

    package func settings(
        for assignment: Assignment, in study: StudySpecification
    ) throws(TrainerSettingsError) -> [String: SettingValue] {
        var settings = study.trainer.settings.filter { ["command", "program"].contains($0.key) }
        settings["type"] = .string(type)
        return settings
    }

    package func program(for launch: LaunchRequest) throws(TrainerSettingsError) -> TrialProgram {
        let command = Command(launch.study.trainer)
        let macros = CommandMacros(
            assignment: launch.trial.assignment, parameters: launch.study.space.nested(launch.trial.assignment),
            style: command.style, program: command.program,
            trial: .init(number: launch.trial.id.number, folder: launch.folder.path, worker: launch.worker),
            environment: launch.inherited.merging(launch.variables.compactMapValues(\.self)) { $1 }
                .filter { launch.variables[$0.key] != .some(nil) })
        var program = TrialProgram(command: try macros.expand(command.words))
        try Self.check(program.command)
        if command.words.contains(where: { CommandWord($0).macros.contains("args_json_file") }) {
            program.files[CommandMacros.TrialPlace.parametersName] = TrialJSON.file(.object(macros.parameters))
        }
        let wandb = WandB(launch.study.trainer)
        wandb?.set(up: &program, for: launch, parameters: macros.parameters)
        var shown = macros
        shown.environment = LaunchRecord.masked(macros.environment, own: launch.variables.keys)
        let record = LaunchRecord(
            command: try shown.expand(command.words),
            environment: launch.variables.merging(wandb?.variables(for: launch, environment: shown.environment) ?? [:]) { $1 },
            folder: launch.study.folder)
        program.files["launch.json"] = TrialJSON.file(record.value)
        return program
    }

    private static func check(_ words: [String]) throws(TrainerSettingsError) {
        // The system would cut a word short there: another configuration would run than the one on record.
        guard !words.contains(where: { $0.utf8.contains(0) }) else {
            throw TrainerSettingsError(
                setting: "command", problem: "a word of it holds a NUL character, with which no program can be started")
        }
        guard words.allSatisfy({ $0.utf8.count < longestWord }) else {
            throw TrainerSettingsError(
                setting: "command",
                problem:
                    "a word of it is longer than the \(longestWord) bytes that a program can be started with; give the"
                    + " parameters as ${args_json_file}")
        }
    }

    package func locate(_ file: inout SpaceFile, besides folders: [String]) throws(SpaceFileError) -> SpaceFile.Warning? {
        try CommandPlace(file).find(for: &file, besides: folders)
    }

    package func preflight(_ study: StudySpecification, _ file: SpaceFile, environment: [String: String]) throws -> Preflight {
        try CommandPlace(file).require(of: file, environment: environment)
        var findings = Preflight()
        findings.read = [
            .init(kind: "not read", text: "the program, and what it reads: only a trial tells whether it runs")
        ]
        if let wandb = WandB(study.trainer) { findings.read.append(.init(kind: WandB.key, text: wandb.summary)) }
        return findings
    }

    package func lackOfSeeds(in study: StudySpecification) -> String? { CommandSeed(study).problem }

    package func change(
        from old: StudySpecification, to new: StudySpecification, areTwoFiles: @escaping @Sendable (String, String) -> Bool
    ) -> TrainerChange {
        let (before, after) = (Command(old.trainer), Command(new.trainer))
        guard before.words == after.words, before.program == after.program else { return .another }
        var change = TrainerChange()
        if before.style != after.style {
            change.refusal =
                "list_style, bool_style, null_style: differ, and the program would be given other words than the trials were"
        }
        return change
    }
}
