import SearchSpaces
import TrainerSettings

/// A configuration as the words of a command, its parameters sorted by name.
struct ArgumentWords {
    let assignment: Assignment
    let style: CommandStyle

    private var sorted: [(String, SettingValue)] { assignment.values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    /// What a macro stands for; nil: it is none that stands for several words.
    func words(of macro: String) -> [String]? {
        switch macro {
        case "args": options()
        case "args_no_equals": options(joined: false)
        case "args_no_boolean_flags": options(booleans: .flag, nulls: .omit)
        case "args_no_hyphens": sorted.filter { keeps($0.1, style.nulls) }.map { "\($0)=\(Self.text($1))" }
        case "args_hydra": overrides("")
        case "args_append_hydra": overrides("+")
        case "args_override_hydra": overrides("++")
        default: nil
        }
    }

    /// - Parameter joined: whether an option and its value are one word.
    private func options(
        joined: Bool = true, booleans: CommandStyle.Booleans? = nil, nulls: CommandStyle.Nulls? = nil
    ) -> [String] {
        func option(_ name: String, _ value: String) -> [String] { joined ? ["--\(name)=\(value)"] : ["--\(name)", value] }
        return sorted.flatMap { name, value -> [String] in
            switch (value, booleans ?? style.booleans) {
            case (.bool(true), .flag), (.bool(true), .noPrefix): return ["--\(name)"]
            case (.bool(false), .flag): return []
            case (.bool(false), .noPrefix): return ["--no-\(name)"]
            case (.array(let values), _):
                let texts = values.map(Self.text)
                switch style.lists {
                case .json: return option(name, TrialJSON.line(value))
                case .repeat: return texts.flatMap { option(name, $0) }
                case .space: return ["--\(name)"] + texts
                case .comma: return option(name, texts.joined(separator: ","))
                }
            default: return keeps(value, style.nulls ?? nulls) ? option(name, Self.text(value)) : []
            }
        }
    }

    private func keeps(_ value: SettingValue, _ nulls: CommandStyle.Nulls?) -> Bool { value != .null || nulls != .omit }

    private func overrides(_ prefix: String) -> [String] { sorted.map { "\(prefix)\($0)=\(HydraText.text($1))" } }

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
}
