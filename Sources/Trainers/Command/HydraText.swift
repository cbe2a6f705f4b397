import SearchSpaces
import TrainerSettings

/// A value as Hydra's overrides have it, so that it comes out as what it is: a text that reads as a number stays a text, and a comma
/// makes no sweep.
enum HydraText {
    static func text(_ value: SettingValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text): isPlain(text) ? text : quoted(text)
        case .array(let values): "[" + values.map(Self.text).joined(separator: ",") + "]"
        case .object(let values):
            "{" + values.sorted { $0.key < $1.key }.map { "\(key($0)):\(Self.text($1))" }.joined(separator: ",") + "}"
        }
    }

    /// Whether a text is one without quotes too.
    private static func isPlain(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
            && !["null", "true", "false", "inf", "nan"].contains(text.lowercased())
    }

    private static func quoted(_ text: String) -> String {
        let quote: Character = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var (quoted, backslashes) = ("", 0)
        for character in text {
            if character == "\\" {
                backslashes += 1
                continue
            }
            // Backslashes count twice before a quote, and an interpolation is none behind one of them.
            let doubled = character == quote ? 2 * backslashes + 1 : backslashes
            quoted += String(repeating: "\\", count: doubled) + String(character)
            backslashes = 0
        }
        quoted += String(repeating: "\\", count: 2 * backslashes)
        return "\(quote)\(quoted.replacing("${", with: "\\${"))\(quote)"
    }

    /// A name cannot be quoted; what has a meaning in it stands behind a backslash.
    private static func key(_ name: String) -> String {
        name.map { "\\()[]{}:=, \t".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
}
