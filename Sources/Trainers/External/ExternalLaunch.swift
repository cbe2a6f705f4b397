import SearchSpaces
import Studies
import TrainerSettings

/// What is started for a trial of a trainer of others, and the files that it finds.
struct ExternalLaunch {
    private let launch: LaunchRequest
    private let dialect: Dialect

    init(_ launch: LaunchRequest, _ dialect: Dialect) { (self.launch, self.dialect) = (launch, dialect) }

    func program() throws(TrainerSettingsError) -> TrialProgram {
        let settings = try ExternalSettings(launch.trial.assignment, in: launch.study, dialect)
        let data = try DataKind.of(settings, for: dialect)
        let compilation = Compilation(
            settings: settings,
            place: .init(
                folder: launch.folder.path, cache: launch.folder.cache,
                resume: launch.variables["AUTOLORA_RESUME_FROM"].flatMap(\.self)),
            data: data, isAccelerated: Accelerator.isSeen(by: launch))
        let keys = try compilation.keys(of: dialect)
        let python = PythonCommand(
            launch.study.trainer.settings, in: launch.study.folder, home: launch.inherited["HOME"],
            processes: launch.study.devices.choice == .none ? 1 : launch.study.devices.devicesPerTrial)
        var program = TrialProgram(
            command: python.words(
                dialect.arguments(in: launch.folder.path, [launch.folder.path + "/" + dialect.configuration])),
            environment: environment(settings), files: dialect.programs)
        if dialect.program != .script { program.files[dialect.configuration] = TrialYAML.file(keys) }
        for file in dialect.files(compilation) { program.files[file.key] = file.value }
        return program
    }

    private func environment(_ settings: ExternalSettings) -> [String: String?] {
        var variables: [String: String?] = [
            "OMP_NUM_THREADS": String(launch.threads), "TOKENIZERS_PARALLELISM": "false", "AXOLOTL_DO_NOT_TRACK": "1",
        ]
        // Nobody is asked for what lies on the disk.
        let isFolder = settings.values["model"]?.text?.hasPrefix("/") ?? false
        if isFolder, launch.inherited["HF_HUB_OFFLINE"] == nil { variables["HF_HUB_OFFLINE"] = "1" }
        return variables
    }
}

extension Dialect {
    /// The script and what it is told.
    ///
    /// - Parameter configurations: paths; one, unless it only probes.
    func arguments(in folder: String, _ configurations: [String], probes: Bool = false) -> [String] {
        let probe = probes ? ["--probe"] : []
        return switch program {
        case .bridge: [folder + "/bridge.py"] + probe + [type] + configurations
        case .mlxDriver: [folder + "/bridge_mlx.py"] + probe + configurations
        case .script: [folder + "/peft_train.py"] + probe + configurations
        }
    }

    /// The file that the script is told of.
    var configuration: String { program == .script ? "config.json" : "trainer.yaml" }

    /// The texts of the programs that a trial finds in its folder.
    var programs: [String: String] {
        switch program {
        case .bridge:
            [
                "bridge.py": ProgramText.bridge, "autolora_trial.py": ProgramText.helper,
                // It divides a file by `split` for all.
                "peft_train.py": ProgramText.script,
            ]
        case .mlxDriver:
            [
                "bridge_mlx.py": ProgramText.mlxDriver, "autolora_trial.py": ProgramText.helper,
                // It turns rows into tokens for both.
                "peft_train.py": ProgramText.script,
            ]
        case .script: ["peft_train.py": ProgramText.script, "autolora_trial.py": ProgramText.helper]
        }
    }
}

extension DataKind {
    /// Of a configuration's data, training and validation alike; nil: the files are not there, or a base names others.
    static func of(_ settings: ExternalSettings, for dialect: Dialect) throws(TrainerSettingsError) -> DataKind? {
        let values = settings.values
        let task = values["task"]?.text.flatMap(TrainerSettings.Task.init) ?? dialect.tasks[0]
        var kinds: [(setting: String, path: String, kind: DataKind)] = []
        for setting in ["train", "validation"] {
            guard let path = values[setting]?.text,
                let start = try DataFileStart(path, setting: setting, separator: values["separator"]?.text)
            else { continue }
            let kind = try start.kind(
                for: task, text: values["text_column"]?.text ?? "text", label: values["label_column"]?.text ?? "label",
                (setting, dialect.name, dialect.tasks))
            kinds.append((setting, path, kind))
        }
        if let first = kinds.first, let other = kinds.dropFirst().first(where: { $0.kind != first.kind }) {
            throw TrainerSettingsError(
                setting: other.setting,
                problem: "\(other.path): its rows are \(other.kind.words), and those of \(first.path) are \(first.kind.words)")
        }
        return kinds.first?.kind
    }

    var words: String {
        switch self {
        case .labels: "texts with labels"
        case .text: "texts"
        case .completions: "prompts with completions"
        case .messages: "messages"
        }
    }
}
