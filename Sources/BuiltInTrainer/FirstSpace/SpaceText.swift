import TrainerSettings

/// A space file as it is written for people: each line with its reason above it.
struct SpaceText {
    private(set) var lines: [String] = []

    private static let width = 110

    /// - Parameters:
    ///   - line: YAML.
    ///   - reason: why it is so; nil: that is plain.
    mutating func add(_ line: String, _ reason: String? = nil, indent: Int = 0) {
        if let reason { remark(reason, indent: indent) }
        lines.append(String(repeating: " ", count: indent) + line)
    }

    mutating func add(_ name: String, _ value: SettingValue, _ reason: String? = nil, indent: Int = 0) {
        add("\(name): \(Self.flow(value))", reason, indent: indent)
    }

    mutating func remark(_ text: String, indent: Int = 0) {
        let start = String(repeating: " ", count: indent) + "#"
        var line = start
        for word in text.split(whereSeparator: \.isWhitespace) {
            if line.count + 1 + word.count > Self.width, line != start {
                lines.append(line)
                line = start
            }
            line += " " + word
        }
        lines.append(line)
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    /// In one line, so that every YAML reader reads back the very same value.
    static func flow(_ value: SettingValue) -> String {
        switch value {
        case .array(let values): "[" + values.map(flow).joined(separator: ", ") + "]"
        case .object(let values):
            "{" + values.sorted { $0.key < $1.key }.map { "\(text($0.key)): \(flow($0.value))" }.joined(separator: ", ") + "}"
        case .string(let text): self.text(text)
        case .double(let number): SettingValue.short(number)
        default: "\(value)"
        }
    }

    /// Quoted unless no reader could take it for anything but a text.
    private static func text(_ text: String) -> String {
        let isSafe = text.wholeMatch(of: /[A-Za-z\/.][A-Za-z0-9_.\/\-]*/) != nil && !words.contains(text.lowercased())
        return isSafe ? text : JSONWriter.text(.string(text), .cell)
    }

    private static let words: Set = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".", "..", ".inf", ".nan"]
}
