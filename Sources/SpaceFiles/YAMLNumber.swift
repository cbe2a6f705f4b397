import SearchSpaces
import TrainerSettings

/// A plain scalar's number. By hand: a regular expression would be compiled again for each of a file's many scalars.
struct YAMLNumber {
    private var rest: Substring.UTF8View

    private init(_ text: String) {
        rest = text[...].utf8
    }

    /// nil where the text is no number, or a whole one that is too great.
    static func value(of text: String) -> SettingValue? {
        for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
            let digits = text.dropFirst(2)
            return digits.first?.isHexDigit == true ? Int(digits, radix: radix).map(SettingValue.int) : nil
        }
        guard isDecimal(text) else { return nil }
        let digits = text.filter { $0 != "_" }
        if let value = Int(digits) { return .int(value) }
        return Double(digits.hasSuffix(".") ? digits + "0" : digits.replacing(".e", with: ".0e").replacing(".E", with: ".0e"))
            .map(SettingValue.double)
    }

    /// Whether the digits of a text say a number that a double cannot hold: 1e400, 1e-400.
    static func isLost(_ number: Double, of text: String) -> Bool {
        guard number.isInfinite || number == 0, isDecimal(text) else { return false }
        return number.isInfinite || text.prefix { $0 != "e" && $0 != "E" }.contains { ("1"..."9").contains($0) }
    }

    /// Whether a text's digits are a whole number that was read as something else, as it has no room in 64 bits.
    static func isBeyondIntegers(_ text: String, read value: SettingValue) -> Bool {
        switch value {
        case .double: text.utf8.allSatisfy { "+-_0123456789".utf8.contains($0) }
        case .string:
            (text.hasPrefix("0x") || text.hasPrefix("0o")) && text.count > 2 && text.dropFirst(2).allSatisfy(\.isHexDigit)
        default: false
        }
    }

    /// `[-+]?(\.\d+|\d+(_\d+)*(\.\d*)?)([eE][-+]?\d+)?`
    private static func isDecimal(_ text: String) -> Bool {
        var number = YAMLNumber(text)
        number.skip("+-")
        if number.skip(".") {
            guard number.skipDigits() else { return false }
        } else {
            repeat { guard number.skipDigits() else { return false } } while number.skip("_")
            if number.skip(".") { number.skipDigits() }
        }
        if number.skip("eE") {
            number.skip("+-")
            guard number.skipDigits() else { return false }
        }
        return number.rest.isEmpty
    }

    /// Goes over one of some characters, where it stands next.
    @discardableResult private mutating func skip(_ characters: StaticString) -> Bool {
        guard let next = rest.first, characters.withUTF8Buffer({ $0.contains(next) }) else { return false }
        rest.removeFirst()
        return true
    }

    /// - Returns: whether there was any.
    @discardableResult private mutating func skipDigits() -> Bool {
        let before = rest.startIndex
        rest = rest.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return rest.startIndex != before
    }
}
