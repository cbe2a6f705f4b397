import FoundationEssentials
package import SearchSpaces
package import SpaceFiles
package import Studies
package import TrainerSettings

/// A trainer that people use already, as a study's trials run it: PEFT by our script, TRL, LLaMA-Factory, Axolotl, mlx-lm.
package struct ExternalTrainer: Trainer {
    let dialect: Dialect

    package var type: String { dialect.type }
    package var name: String { dialect.name }
    package let ownsReports = true
    package let inputPaths = ["train", "validation", "test", "base", "init_adapter"]

    init(_ dialect: Dialect) { self.dialect = dialect }

    package static let all: [any Trainer] = Dialect.all.map(ExternalTrainer.init)

    package func read(_ section: TrainerSection) throws(SpaceFileError) -> LocatedTrainer {
        try ExternalSection(section, dialect).trainer()
    }

    package func check(_ study: LocatedStudy) throws(SpaceFileError) { try ExternalCheck(study, dialect).run() }

    package func warnings(about study: LocatedStudy) -> [(Position, String)] { ExternalCheck(study, dialect).warnings }

    package func settings(
        for assignment: Assignment, in study: StudySpecification
    ) throws(TrainerSettingsError) -> [String: SettingValue] {
        let settings = try ExternalSettings(assignment, in: study, dialect)
        var values = settings.values
        values["type"] = .string(type)
        values["options"] = settings.options.value
        for key in ["base", "python", "setup"] { values[key] = study.trainer.settings[key] }
        if let base = values["base"]?.text { values["base"] = .string(ExternalSettings.path(base, in: study.folder)) }
        return values
    }

    package func program(for launch: LaunchRequest) throws(TrainerSettingsError) -> TrialProgram {
        try ExternalLaunch(launch, dialect).program()
    }

    package func reportSource(of study: StudySpecification) -> ReportSource { ReportSource(mark: "autolora") }

    package func preflight(_ study: StudySpecification, _ file: SpaceFile, environment: [String: String]) throws -> Preflight {
        try ExternalPreflight(study, file, dialect).run(environment: environment)
    }

    package func change(
        from old: StudySpecification, to new: StudySpecification, areTwoFiles: @escaping @Sendable (String, String) -> Bool
    ) -> TrainerChange {
        let kinds = SettingsChange.Kinds(
            paths: ["model", "train", "validation", "test", "init_adapter", "base"], indifferent: ["python", "setup", "test"])
        return SettingsChange(of: self, from: old, to: new, kinds, areTwoFiles: areTwoFiles).change
    }

    package func modelName(for assignment: Assignment, in study: StudySpecification) -> String? {
        assignment["model"]?.text ?? study.trainer.settings["model"]?.text
    }
}
