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
        switch word.loneMacro {
        case "args": return arguments(booleans: style.booleans)
        case "args_no_boolean_flags": return arguments(booleans: .flag)
        case "args_no_hyphens": return sorted.map { "\($0)=\(Self.text($1))" }
        case "program": return program.map { [$0] } ?? []
        default: break
        }
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

    // MARK: - Parameters as words

    private var sorted: [(String, SettingValue)] { assignment.values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    private func arguments(booleans: CommandStyle.Booleans) -> [String] {
        sorted.flatMap { name, value -> [String] in
            switch (value, booleans) {
            case (.bool(true), .flag), (.bool(true), .noPrefix): ["--\(name)"]
            case (.bool(false), .flag): []
            case (.bool(false), .noPrefix): ["--no-\(name)"]
            case (.array(let values), _): list(name, values.map(Self.text))
            default: ["--\(name)=\(Self.text(value))"]
            }
        }
    }

    private func list(_ name: String, _ values: [String]) -> [String] {
        switch style.lists {
        case .json: ["--\(name)=\(assignment[name].map(TrialJSON.line) ?? "[]")"]
        case .repeat: values.map { "--\(name)=\($0)" }
        case .space: ["--\(name)"] + values
        case .comma: ["--\(name)=\(values.joined(separator: ","))"]
        }
    }

    /// As Python's str() writes it, lists and objects as JSON.
    private static func text(_ value: SettingValue) -> String {
        switch value {
        case .bool(let flag): flag ? "True" : "False"
        case .null: "None"
        case .string(let text): text
        case .double(let number): "\(number)"
        default: TrialJSON.line(value)
        }
    }

    /// `python` where there is one, as W&B has it; Debian calls it python3.
    private var interpreter: String {
        ProgramPath(environment: environment).find("python") == nil ? "python3" : "python"
    }
}
