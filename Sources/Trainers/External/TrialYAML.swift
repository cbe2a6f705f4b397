import TrainerSettings

/// YAML as a trial's trainer gets it: what every reader, YAML 1.1 or 1.2, takes for the same values.
enum TrialYAML {
    static func file(_ keys: TrainerKeys) -> String {
        keys.entries.map { entry($0.key, $0.value, indent: "") }.joined()
    }

    /// A key with its value, lines and all.
    private static func entry(_ key: String, _ value: SettingValue, indent: String) -> String {
        let start = indent + text(key) + ":"
        switch value {
        case .object(let inner) where !inner.isEmpty:
            return start + "\n" + members(of: inner, indent: indent + "  ")
        case .array(let elements) where elements.contains(where: isNested):
            return start + "\n" + elements.map { element($0, indent: indent + "  ") }.joined()
        default: return start + " " + inline(value) + "\n"
        }
    }

    private static func members(of values: [String: SettingValue], indent: String) -> String {
        values.sorted { $0.key < $1.key }.map { entry($0.key, $0.value, indent: indent) }.joined()
    }

    private static func element(_ value: SettingValue, indent: String) -> String {
        guard case .object(let inner) = value, !inner.isEmpty else { return indent + "- " + inline(value) + "\n" }
        return indent + "- " + members(of: inner, indent: indent + "  ").dropFirst(indent.count + 2)
    }

    private static func isNested(_ value: SettingValue) -> Bool {
        if case .object(let inner) = value { !inner.isEmpty } else { false }
    }

    private static func inline(_ value: SettingValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): number(value)
        case .string(let value): text(value)
        case .array(let values): "[" + values.map(inline).joined(separator: ", ") + "]"
        case .object(let values):
            "{" + values.sorted { $0.key < $1.key }.map { text($0.key) + ": " + inline($0.value) }.joined(separator: ", ") + "}"
        }
    }

    /// YAML 1.1 knows 1e-05 as a number only as 1.0e-05.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? ".nan" : value < 0 ? "-.inf" : ".inf" }
        let text = "\(value)"
        return text.contains(".") ? text : text.replacing("e", with: ".0e")
    }

    /// Quoted unless no reader could take it for anything but a text.
    private static func text(_ text: String) -> String {
        let isSafe = text.wholeMatch(of: /[A-Za-z_\/][A-Za-z0-9_.\/\-]*/) != nil && !words.contains(text.lowercased())
        return isSafe ? text : JSONWriter.text(.string(text), .exact)
    }

    /// What YAML 1.1 or 1.2 takes for a truth value or for nothing.
    private static let words: Set = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
}
