package import SearchSpaces
package import TrainerSettings

/// A trial's settings as a trainer of others is given them by hand: its own configuration, and the programs by which a trial of that type
/// runs on it.
package struct ForeignConfiguration: Sendable {
    /// By their names in one folder.
    package let files: [String: String]
    /// What the trial has and this trainer does not need.
    package let leftOut: [String]

    /// What `autolora export --format` calls them, with the file in which each has its configuration.
    package static let forms: [(name: String, file: String)] = Dialect.all.map { (name(of: $0), $0.configuration) }

    private static func name(of dialect: Dialect) -> String {
        dialect.program == .script ? "peft-script" : dialect.type
    }

    /// - Parameters:
    ///   - name: one of ``forms``.
    ///   - targets: the modules that the trial has adapted where its settings name none; nil: PEFT's for the architecture.
    /// - Throws: `TrainerSettingsError` for a setting that the trainer has no way to express, with the format that has it.
    package init(
        _ assignment: Assignment, in study: StudySpecification, as name: String, targets: [String]? = nil
    ) throws(TrainerSettingsError) {
        guard let dialect = Dialect.all.first(where: { Self.name(of: $0) == name }) else {
            throw TrainerSettingsError(setting: "--format", problem: "there is no '\(name)'")
        }
        var (study, assignment) = (study, assignment)
        leftOut = study.trainer.type == dialect.type ? [] : Self.adapt(&study, &assignment)
        if let targets, assignment["target_modules"] == nil, study.trainer.settings["target_modules"] == nil {
            study.trainer.settings["target_modules"] = .array(targets.map(SettingValue.string))
        }
        do { files = try Self.files(assignment, study, dialect) } catch { throw Self.told(error) }
    }

    private static func files(
        _ assignment: Assignment, _ study: StudySpecification, _ dialect: Dialect
    ) throws(TrainerSettingsError) -> [String: String] {
        let settings = try ExternalSettings(assignment, in: study, dialect)
        let compilation = Compilation(
            settings: settings, place: .init(folder: ".", cache: "./cache", resume: nil),
            data: try DataKind.of(settings, for: dialect), isAccelerated: nil)
        let trainer = try ExternalTrainer(dialect).settings(for: assignment, in: study)
        let told: [String: SettingValue] = ["seed": settings.values["seed"] ?? .int(study.seed), "trainer": .object(trainer)]
        var files = dialect.programs.merging(dialect.files(compilation)) { $1 }
        files["config.json"] = JSONWriter.text(.object(told), .file) + "\n"
        if dialect.program != .script { files[dialect.configuration] = TrialYAML.file(try compilation.keys(of: dialect)) }
        let words = dialect.arguments(in: ".", ["./" + dialect.configuration]).map(\.shellWord).joined(separator: " ")
        files["run.sh"] = """
            #!/usr/bin/env bash
            # Trains this configuration as the trial would be by \(dialect.name) (pip install \(dialect.package)); what comes of it is in this folder.
            set -euo pipefail
            cd "$(dirname "$0")"
            exec ${PYTHON:-python3} \(words)

            """
        return files
    }

    /// A refusal in the words of `export`: whose `type:` a space file would name is here a format.
    private static func told(_ error: TrainerSettingsError) -> TrainerSettingsError {
        let isOurs = ExternalSetting.builtInOnly[error.setting] != nil
        let ours = isOurs ? "no trainer of others has it in these words; take --format json, for `autolora train`" : nil
        var words = (ours ?? error.problem).replacing("type: lora", with: "--format json for `autolora train`")
        for dialect in Dialect.all { words = words.replacing("type: \(dialect.type)", with: "--format \(name(of: dialect))") }
        return TrainerSettingsError(setting: error.setting, problem: words)
    }

    /// The built-in trainer's alone, which change no adapter.
    private static let indifferent = [
        "threads", "prefix_cache", "memory_cap", "output_dir", "gradient_checkpointing", "early_stopping_patience",
        "early_stopping_threshold", "eval_generation_rows", "max_new_tokens",
    ]
    /// What of these somebody may miss.
    private static let missed: Set = ["early_stopping_patience", "early_stopping_threshold", "eval_generation_rows"]

    /// Takes away what is the built-in trainer's alone and changes no result, or asks for nothing.
    ///
    /// - Returns: the names of what others have no word for.
    private static func adapt(_ study: inout StudySpecification, _ assignment: inout Assignment) -> [String] {
        var values = assignment.values
        var leftOut: [String] = []
        func given(_ name: String) -> SettingValue? { values[name] ?? study.trainer.settings[name] }
        func isNothing(_ name: String) -> Bool {
            name == "finetuning_type" ? given(name) == .string("lora") : given(name) == TrainerSettings.setting(name)?.usual
        }
        for name in indifferent + ExternalSetting.builtInOnly.keys.sorted() where given(name) != nil {
            guard indifferent.contains(name) || isNothing(name) else { continue }
            if missed.contains(name), !isNothing(name) { leftOut.append(name) }
            study.trainer.settings[name] = nil
            values[name] = nil
        }
        // Where nothing is said, each has a task of its own.
        if given("task") ?? .null == .null {
            let source = Dialect.all.first { $0.type == study.trainer.type }
            study.trainer.settings["task"] =
                source.map { .string($0.tasks[0].rawValue) } ?? TrainerSettings.setting("task")?.usual
        }
        assignment = Assignment(values)
        return leftOut
    }
}
