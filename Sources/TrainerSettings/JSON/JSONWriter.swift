/// Writes JSON as it stands in files, on command lines and in a store: keys sorted, slashes bare, 1.0 told from 1, and escapes for what a
/// terminal would obey.
///
/// Written here: with a general encoder the table of ten thousand trials takes twice as long, and 1.0 becomes 1.
package struct JSONWriter {
    /// What stands for NaN and the infinities, which JSON does not have.
    package enum NotFinite: Sendable {
        case null
        /// "NaN", "Infinity", "-Infinity".
        case words
    }

    private let isIndented: Bool
    private let notFinite: NotFinite
    private var text: [UInt8] = []

    /// - Parameter indented: a line for each element; else all in one line, without spaces.
    package static func text(_ value: SettingValue, indented: Bool, notFinite: NotFinite) -> String {
        var writer = JSONWriter(isIndented: indented, notFinite: notFinite)
        writer.write(value, indent: 0)
        return String(decoding: writer.text, as: UTF8.self)
    }

    private init(isIndented: Bool, notFinite: NotFinite) {
        (self.isIndented, self.notFinite) = (isIndented, notFinite)
    }

    private mutating func write(_ value: SettingValue, indent: Int) {
        switch value {
        case .null: text += "null".utf8
        case .bool(let value): text += (value ? "true" : "false").utf8
        case .int(let value): text += value.description.utf8
        case .double(let value) where value.isFinite: text += value.description.utf8
        case .double:
            if notFinite == .null { text += "null".utf8 } else { write(value.stored, indent: indent) }
        case .string(let value): write(value)
        case .array(let values):
            block(values, in: ("[", "]"), indent: indent) { $0.write($1, indent: indent + 2) }
        case .object(let values):
            block(values.sorted { $0.key < $1.key }, in: ("{", "}"), indent: indent) { writer, entry in
                writer.write(entry.key)
                writer.text += (writer.isIndented ? " : " : ":").utf8
                writer.write(entry.value, indent: indent + 2)
            }
        }
    }

    private mutating func block<Element>(
        _ elements: [Element], in brackets: (String, String), indent: Int, _ writeElement: (inout JSONWriter, Element) -> Void
    ) {
        text += brackets.0.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            breakLine(indent: indent + 2)
            writeElement(&self, element)
        }
        if !elements.isEmpty { breakLine(indent: indent) }
        text += brackets.1.utf8
    }

    private mutating func breakLine(indent: Int) {
        guard isIndented else { return }
        text.append(UInt8(ascii: "\n"))
        text += repeatElement(UInt8(ascii: " "), count: indent)
    }

    private mutating func write(_ string: String) {
        text.append(UInt8(ascii: "\""))
        defer { text.append(UInt8(ascii: "\"")) }
        let isPlain = string.utf8.allSatisfy { $0 < 0x80 } || !string.unicodeScalars.contains(where: \.commandsTerminals)
        guard !isPlain else { return writeBytes(string.utf8) }
        for scalar in string.unicodeScalars {
            guard scalar.value >= 0x80, scalar.commandsTerminals else {
                writeBytes(String(scalar).utf8)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            text += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
        }
    }

    private mutating func writeBytes(_ bytes: String.UTF8View) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): text += "\\n".utf8
            case UInt8(ascii: "\t"): text += "\\t".utf8
            case UInt8(ascii: "\r"): text += "\\r".utf8
            case 0..<0x20, 0x7F: text += ("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8
            default: text.append(byte)
            }
        }
    }
}
