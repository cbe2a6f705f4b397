import FoundationEssentials
import SearchSpaces
import TrainerSettings

/// Fills in the macros of a command: W&B's (`${args}` and its kin, `${program}`, `${envvar:X}`), and those that tell trials apart.
struct CommandMacros {
    /// By name; those in groups with points between.
    let assignment: Assignment
    /// As the program wants them: groups as objects.
    let parameters: [String: SettingValue]
    let style: CommandStyle
    let program: String?
    let trial: TrialPlace
    /// What the trial's process has.
    var environment: [String: String]

    struct TrialPlace {
        let number: Int
        let folder: String
        let worker: Int

        static let parametersName = "parameters.json"
        var parametersFile: String { folder + "/" + Self.parametersName }
    }

    /// The command's words; a macro that stands alone can become several. What a macro stands for is not looked at again.
    func expand(_ words: [String]) throws(TrainerSettingsError) -> [String] {
        var expanded: [String] = []
        for word in words { expanded += try expand(CommandWord(word)) }
        return expanded
    }

    private func expand(_ word: CommandWord) throws(TrainerSettingsError) -> [String] {
        if word.loneMacro == "program" { return program.map { [$0] } ?? [] }
        if let words = word.loneMacro.flatMap(ArgumentWords(assignment: assignment, style: style).words) { return words }
        var text = ""
        for part in word.parts {
            switch part {
            case .text(let own): text += own
            case .macro(let name): text += try value(of: name)
            }
        }
        return [text]
    }

    /// Of a macro that stands for one word; one that we do not know is the program's own business.
    private func value(of macro: String) throws(TrainerSettingsError) -> String {
        switch macro {
        case "env": return "/usr/bin/env"
        case "interpreter": return interpreter
        case "program": return program ?? ""
        case "args_json": return TrialJSON.line(.object(parameters))
        case "args_json_file": return trial.parametersFile
        case "trial_dir": return trial.folder
        case "trial": return String(trial.number)
        case "worker": return String(trial.worker)
        default: break
        }
        guard let name = CommandWord("${\(macro)}").variables.first else { return "${\(macro)}" }
        if let value = environment[name] { return value }
        guard CommandWord.trialVariables.contains(where: { $0.name == name && !$0.isAlwaysThere }) else {
            throw TrainerSettingsError(
                setting: "command", problem: "${envvar:\(name)}: the environment has no variable \(name); export it and resume")
        }
        return ""
    }

    /// `python` where there is one, as W&B has it; Debian calls it python3.
    private var interpreter: String {
        ProgramPath(environment: environment).find("python") == nil ? "python3" : "python"
    }
}
