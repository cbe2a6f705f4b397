import TrainerSettings
import Yams

/// YAML that PyYAML and we ourselves read back as the very same values.
enum YAMLText {
    /// Block style, keys sorted.
    static func render(_ value: SettingValue) throws -> String {
        // No width: a folded line would be read back right, but is harder to search for and to change.
        try Yams.serialize(node: node(value), width: -1, allowUnicode: true)
    }

    /// The keys of the mapping that a text is; nil: it is none.
    static func names(in text: String) throws -> Set<String>? {
        guard case .mapping(let mapping)? = try Yams.compose(yaml: text) else { return nil }
        return Set(mapping.keys.compactMap(\.string))
    }

    private static func node(_ value: SettingValue) -> Node {
        switch value {
        case .null: plain("null", .null)
        case .bool(let value): plain(value ? "true" : "false", .bool)
        case .int(let value): plain(String(value), .int)
        case .double(let value): plain(number(value), .float)
        case .string(let value): text(value)
        case .array(let values): Node(values.map(node), Tag(.seq), .block)
        case .object(let values):
            Node(values.sorted { $0.key < $1.key }.map { (text($0.key), node($0.value)) }, Tag(.map), .block)
        }
    }

    private static func plain(_ text: String, _ tag: Tag.Name) -> Node { Node(text, Tag(tag), .plain) }

    /// Every digit, where Yams' own encoder keeps fifteen; YAML 1.1 knows 1e-05 as a number only as 1.0e-05.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? ".nan" : value < 0 ? "-.inf" : ".inf" }
        let text = "\(value)"
        return text.contains(".") ? text : text.replacing("e", with: ".0e")
    }

    /// Quoted unless no reader could take it for anything but a text.
    private static func text(_ text: String) -> Node {
        let isSafe = text.wholeMatch(of: /[A-Za-z\/][A-Za-z0-9_.\/\-]*/) != nil && !words.contains(text.lowercased())
        return Node(text, Tag(.str), isSafe ? .plain : .doubleQuoted)
    }

    /// What YAML 1.1 or 1.2 takes for a truth value or for nothing.
    private static let words: Set = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
}
