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

    /// - Parameter name: one of ``forms``.
    /// - Throws: `TrainerSettingsError` for a setting that the trainer has no way to express, with who has it.
    package init(_ assignment: Assignment, in study: StudySpecification, as name: String) throws(TrainerSettingsError) {
        guard let dialect = Dialect.all.first(where: { Self.name(of: $0) == name }) else {
            throw TrainerSettingsError(setting: "--format", problem: "there is no '\(name)'")
        }
        var (study, assignment) = (study, assignment)
        leftOut = study.trainer.type == dialect.type ? [] : Self.adapt(&study, &assignment)
        let settings = try ExternalSettings(assignment, in: study, dialect)
        let compilation = Compilation(
            settings: settings, place: .init(folder: ".", cache: "./cache", resume: nil),
            data: try DataKind.of(settings, for: dialect), isAccelerated: false)
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
        self.files = files
    }

    /// Takes away what is the built-in trainer's alone and changes no result, or has another's word for it.
    ///
    /// - Returns: the names of what others have no word for.
    private static func adapt(_ study: inout StudySpecification, _ assignment: inout Assignment) -> [String] {
        let indifferent = [
            "threads", "prefix_cache", "memory_cap", "output_dir", "gradient_checkpointing", "early_stopping_patience",
            "early_stopping_threshold",
        ]
        var values = assignment.values
        var leftOut: [String] = []
        for name in indifferent {
            let (one, other) = (study.trainer.settings.removeValue(forKey: name), values.removeValue(forKey: name))
            if one != nil || other != nil, name.hasPrefix("early") { leftOut.append(name) }
        }
        for name in ["finetuning_type"] where (values[name] ?? study.trainer.settings[name])?.text == "lora" {
            study.trainer.settings[name] = nil
            values[name] = nil
        }
        for name in ["base_precision", "precision"] where (values[name] ?? study.trainer.settings[name])?.text == "quantized" {
            study.trainer.settings[name] = nil
            values[name] = nil
            leftOut.append(name)
        }
        assignment = Assignment(values)
        return leftOut
    }
}
