import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// The commands that have one trial again, by what its folder tells of its trainer.
struct TrialRepetition {
    private let isBuiltIn: Bool
    /// How a program of the user's was started; nil: it is not on record.
    private let launch: [String: SettingValue]?

    init(of best: BestTrial, in folder: StudyFolder) {
        let trainer = TrainingFacts(configuration: folder.configuration(of: best.trial.id), [])
        isBuiltIn = ["lora", "built-in"].contains(trainer.settings["type"]?.text ?? "")
        launch = isBuiltIn ? nil : try? JSONInput.object(file: folder.launch(of: best.trial.id), links: .refused)
    }

    /// - Parameter study: its name and options, as a command takes them.
    func lines(study: String) -> [String] {
        let export = "autolora export \(study) --format json --output best.json"
        guard !isBuiltIn else { return ["# the winner alone", export, "autolora train best.json --output again"] }
        guard let launch, case .array(let words)? = launch["command"], let folder = launch["folder"]?.text else {
            return ["# the winner's configuration; its trainer is another program, which is to be started with it", export]
        }
        return [
            "# the winner's parameters and, under autolora, its command, folder and environment", export,
            "# the winner alone, as its program was started", "cd \(folder.shellWord) && mkdir -p again",
            (variables + words.compactMap(\.text).map(\.shellWord)).joined(separator: " "),
        ]
    }

    /// The trial's own folder keeps what it has: the program gets another one.
    private var variables: [String] {
        guard case .object(let variables)? = launch?["environment"] else { return [] }
        return variables.sorted { $0.key < $1.key }.map { name, value in
            name == "AUTOLORA_TRIAL_DIR" ? "\(name)=\"$PWD/again\"" : "\(name)=\((value.text ?? value.description).shellWord)"
        }
    }
}
