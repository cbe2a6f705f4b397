package import FoundationEssentials

/// Writes JSON, wherever in the package JSON is written.
package struct JSONWriter {
    private let style: JSONStyle
    private var text: [UInt8] = []

    package static func text(_ value: SettingValue, _ style: JSONStyle) -> String {
        var writer = JSONWriter(style)
        writer.write(value, indent: 0)
        return String(decoding: writer.text, as: UTF8.self)
    }

    /// An object whose keys stand in the order that they are given in.
    package static func text(ordered entries: [(key: String, value: SettingValue)], _ style: JSONStyle) -> String {
        var writer = JSONWriter(style)
        writer.write(entries, indent: 0)
        return String(decoding: writer.text, as: UTF8.self)
    }

    /// What any value is as JSON.
    ///
    /// - Throws: `EncodingError` for what JSON cannot hold.
    package static func data(_ value: some Encodable, _ style: JSONStyle) throws -> Data {
        Data(text(try SettingValue(encoding: value), style).utf8)
    }

    private init(_ style: JSONStyle) { self.style = style }

    private mutating func write(_ value: SettingValue, indent: Int) {
        switch value {
        case .null: text += "null".utf8
        case .bool(let value): text += (value ? "true" : "false").utf8
        case .int(let value): text += value.description.utf8
        case .double(let value): write(value)
        case .string(let value): write(value)
        case .array(let values):
            block(values, in: ("[", "]"), indent: indent) { $0.write($1, indent: indent + 2) }
        case .object(let values):
            let byBytes = style.isLikeFoundations
            write(
                values.sorted { byBytes ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : $0.key < $1.key },
                indent: indent)
        }
    }

    private mutating func write(_ number: Double) {
        guard number.isFinite else {
            switch style.notFinite {
            case .null: text += "null".utf8
            case .words: write(number.wordForNotFinite)
            case .bare: text += number.wordForNotFinite.utf8
            }
            return
        }
        let digits = number.description
        text += digits.utf8
        if style.isLikeFoundations, digits.hasSuffix(".0") { text.removeLast(2) }
    }

    private mutating func write(_ entries: [(key: String, value: SettingValue)], indent: Int) {
        block(entries, in: ("{", "}"), indent: indent) { writer, entry in
            writer.write(entry.key)
            writer.text += writer.colon.utf8
            writer.write(entry.value, indent: indent + 2)
        }
    }

    private var colon: String {
        switch style.layout {
        case .indented, .open: " : "
        case .spaced: ": "
        case .dense: ":"
        }
    }

    private mutating func block<Element>(
        _ elements: [Element], in brackets: (String, String), indent: Int, _ writeElement: (inout JSONWriter, Element) -> Void
    ) {
        text += brackets.0.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { text += (style.layout == .spaced ? ", " : ",").utf8 }
            breakLine(indent: indent + 2)
            writeElement(&self, element)
        }
        if elements.isEmpty, style.layout == .open { breakLine(indent: 0) }
        if !elements.isEmpty || style.layout == .open { breakLine(indent: indent) }
        text += brackets.1.utf8
    }

    private mutating func breakLine(indent: Int) {
        guard style.layout == .indented || style.layout == .open else { return }
        text.append(UInt8(ascii: "\n"))
        text += repeatElement(UInt8(ascii: " "), count: indent)
    }

    private mutating func write(_ string: String) {
        text.append(UInt8(ascii: "\""))
        defer { text.append(UInt8(ascii: "\"")) }
        guard !style.isLikeFoundations, string.utf8.contains(where: { $0 >= 0x80 }),
            string.unicodeScalars.contains(where: \.commandsTerminals)
        else { return writeBytes(string.utf8) }
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
            case 8 where style.isLikeFoundations: text += "\\b".utf8
            case 12 where style.isLikeFoundations: text += "\\f".utf8
            case 0x7F where style.isLikeFoundations: text.append(byte)
            case 0..<0x20, 0x7F: text += ("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8
            default: text.append(byte)
            }
        }
    }
}
