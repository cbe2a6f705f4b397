import SearchSpaces
import Studies
import TrainerSettings

/// How a script that uses Weights & Biases runs as a trial: the space file's key `wandb`.
package enum WandB: String, Sendable, CaseIterable {
    /// With a stand-in for its module: what it logs are reports.
    case local
    /// With the module itself, which sends nothing; the script has to print its figures.
    case offline

    static let key = "wandb"
    /// In the trial's folder; the stand-in's module is in it.
    private static let folder = "python"
    private static let parametersFile = "wandb-sweep.yaml"

    init?(_ trainer: TrainerSpecification) {
        guard let choice = trainer.settings[Self.key]?.text.flatMap(Self.init) else { return nil }
        self = choice
    }

    /// For people.
    var summary: String {
        switch self {
        case .local: "local: trials import a stand-in, first on PYTHONPATH; what they log are reports, and nothing is sent"
        case .offline:
            "offline: the module itself has the trial's parameters and sends nothing; only what a trial prints is a report"
        }
    }

    func set(up program: inout TrialProgram, for launch: LaunchRequest, parameters: [String: SettingValue]) {
        program.environment.merge(variables(for: launch, environment: launch.inherited)) { $1 }
        switch self {
        case .local:
            for (name, bytes) in Self.standIn {
                program.files["\(Self.folder)/\(name)"] = String(decoding: bytes, as: UTF8.self)
            }
        case .offline: program.files[Self.parametersFile] = Self.sweepFile(parameters)
        }
    }

    func variables(for launch: LaunchRequest, environment: [String: String]) -> [String: String?] {
        let trial = launch.folder.path
        switch self {
        case .local:
            let others = environment["PYTHONPATH"].flatMap { $0.isEmpty ? nil : ":" + $0 } ?? ""
            return ["PYTHONPATH": "\(trial)/\(Self.folder)\(others)"]
        case .offline:
            return [
                "WANDB_MODE": "offline", "WANDB_DIR": trial, "WANDB_SWEEP_ID": launch.study.name,
                "WANDB_SWEEP_PARAM_PATH": "\(trial)/\(Self.parametersFile)",
            ]
        }
    }

    private static var standIn: [String: [UInt8]] {
        [
            "wandb/__init__.py": PackageResources.__init___py, "wandb/_config.py": PackageResources._config_py,
            "wandb/_errors.py": PackageResources._errors_py, "wandb/_media.py": PackageResources._media_py,
            "wandb/_reports.py": PackageResources._reports_py, "wandb/_run.py": PackageResources._run_py,
            "wandb/_summary.py": PackageResources._summary_py,
            "wandb-0.31.0.dist-info/METADATA": PackageResources.METADATA,
        ]
    }

    /// What W&B's agent would write: `key: {value: x}`.
    private static func sweepFile(_ parameters: [String: SettingValue]) -> String {
        parameters.sorted { $0.key < $1.key }.reduce("wandb_version: 1\n") { text, parameter in
            text + TrialJSON.line(.string(parameter.key)) + ":\n  value: " + yaml(parameter.value) + "\n"
        }
    }

    /// JSON is YAML but for numbers such as 1e-05, which PyYAML takes for a text.
    private static func yaml(_ value: SettingValue) -> String {
        switch value {
        case .double(let number) where number.isFinite:
            let digits = "\(number)"
            guard let exponent = digits.firstIndex(of: "e"), !digits.contains(".") else { return digits }
            return digits[..<exponent] + ".0" + digits[exponent...]
        case .double(let number): return number.isNaN ? ".nan" : number < 0 ? "-.inf" : ".inf"
        case .array(let values): return "[" + values.map(yaml).joined(separator: ", ") + "]"
        case .object(let values):
            let entries = values.sorted { $0.key < $1.key }.map { TrialJSON.line(.string($0)) + ": " + yaml($1) }
            return "{" + entries.joined(separator: ", ") + "}"
        default: return TrialJSON.line(value)
        }
    }
}
