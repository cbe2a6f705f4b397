import FoundationEssentials
package import TrainerSettings

/// JSON for scripts and files: indented, keys sorted; what JSON cannot say (NaN, the infinities) is null.
package enum JSONText {
    /// Written here: with a general encoder the table of ten thousand trials takes twice as long.
    package static func render(_ value: SettingValue) -> String {
        var text: [UInt8] = []
        write(value, indent: 0, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func write(_ value: SettingValue, indent: Int, to text: inout [UInt8]) {
        switch value {
        case .null: text += "null".utf8
        case .bool(let value): text += (value ? "true" : "false").utf8
        case .int(let value): text += value.description.utf8
        case .double(let value): write(value, to: &text)
        case .string(let value): write(value, to: &text)
        case .array(let values):
            block(values, in: ("[", "]"), indent: indent, to: &text) { write($0, indent: indent + 2, to: &$1) }
        case .object(let values):
            block(values.sorted { $0.key < $1.key }, in: ("{", "}"), indent: indent, to: &text) { entry, text in
                write(entry.key, to: &text)
                text += " : ".utf8
                write(entry.value, indent: indent + 2, to: &text)
            }
        }
    }

    private static func block<Element>(
        _ elements: [Element], in brackets: (String, String), indent: Int, to text: inout [UInt8],
        _ writeElement: (Element, inout [UInt8]) -> Void
    ) {
        text += brackets.0.utf8
        for (index, element) in elements.enumerated() {
            text += (index == 0 ? "\n" : ",\n").utf8
            text += repeatElement(UInt8(ascii: " "), count: indent + 2)
            writeElement(element, &text)
        }
        if !elements.isEmpty {
            text.append(UInt8(ascii: "\n"))
            text += repeatElement(UInt8(ascii: " "), count: indent)
        }
        text += brackets.1.utf8
    }

    private static func write(_ number: Double, to text: inout [UInt8]) {
        guard number.isFinite else { return text += "null".utf8 }
        let digits = number.description
        text += (digits.hasSuffix(".0") ? digits.dropLast(2) : digits[...]).utf8
    }

    private static func write(_ string: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): text += "\\n".utf8
            case UInt8(ascii: "\t"): text += "\\t".utf8
            case UInt8(ascii: "\r"): text += "\\r".utf8
            case 0..<0x20, 0x7F: text += ("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}

extension SettingValue {
    static func number(_ value: Double?) -> SettingValue { value.map(SettingValue.double) ?? .null }
    static func integer(_ value: Int?) -> SettingValue { value.map(SettingValue.int) ?? .null }
    static func text(_ value: String?) -> SettingValue { value.map(SettingValue.string) ?? .null }

    /// A time in seconds since 1970 as ISO 8601, UTC.
    static func time(_ value: Double?) -> SettingValue {
        // The calendar does not take every number that a damaged store may hold.
        text(value.flatMap { (0...1e11).contains($0) ? Date(timeIntervalSince1970: $0).formatted(.iso8601) : nil })
    }
}
