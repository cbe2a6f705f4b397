/// Reads the escapes of a text as JSON and Python print them.
enum PrintedText {
    static func decoded(_ text: ArraySlice<UInt8>) -> String {
        guard text.contains(UInt8(ascii: "\\")) else { return String(decoding: text, as: UTF8.self) }
        var units: [UInt16] = []
        var rest = Substring(decoding: text, as: UTF8.self).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let kind = rest.popFirst() else {
                units += Array(String(scalar).utf16)
                continue
            }
            switch kind {
            case "u", "x", "U":
                units += number(of: kind == "u" ? 4 : kind == "x" ? 2 : 8, in: &rest) ?? Array(String(kind).utf16)
            default: units += Array(String(short[kind] ?? kind).utf16)
            }
        }
        // Two halves of a surrogate pair come as two escapes; a lone one becomes U+FFFD.
        return String(decoding: units, as: UTF16.self)
    }

    private static let short: [Unicode.Scalar: Unicode.Scalar] = [
        "n": "\n", "t": "\t", "r": "\r", "b": "\u{8}", "f": "\u{C}", "v": "\u{B}", "a": "\u{7}", "0": "\0",
    ]

    /// The UTF-16 of a character given by so many hexadecimal digits; nil, and nothing taken, where they are not there.
    private static func number(of digits: Int, in text: inout Substring.UnicodeScalarView) -> [UInt16]? {
        let word = text.prefix(digits)
        guard word.count == digits, word.allSatisfy(\.properties.isASCIIHexDigit), let number = UInt32(String(word), radix: 16)
        else { return nil }
        let units = UInt16(exactly: number).map { [$0] } ?? Unicode.Scalar(number).map { Array(String($0).utf16) }
        if units != nil { text.removeFirst(digits) }
        return units
    }
}
