import FoundationEssentials

/// Reads JSON as it was written: 1.0 stays a number with a fraction, where a general decoder takes it for 1.
struct JSONReader {
    private let bytes: UnsafeRawBufferPointer
    private let deepest: Int
    private let namesAreUnique: Bool
    private var at = 0
    /// A name that an object has twice.
    private var repeated: String?

    /// - Parameter text: JSON, as the scanner found.
    /// - Throws: `DecodingError` for what is none, or is nested deeper than so many levels; ``JSONProblem`` for a name that is there twice.
    static func value(
        of text: some ContiguousBytes, deepest: Int, namesAreUnique: Bool = false
    ) throws -> SettingValue {
        let (value, repeated) = text.withUnsafeBytes { bytes -> (SettingValue?, String?) in
            var reader = JSONReader(bytes: bytes, deepest: deepest, namesAreUnique: namesAreUnique)
            guard let value = reader.value(depth: 0) else { return (nil, reader.repeated) }
            reader.skipSpace()
            return (reader.at == bytes.count ? value : nil, nil)
        }
        if let repeated { throw JSONRepetition(name: repeated) }
        guard let value else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "is no valid JSON"))
        }
        return value
    }

    private init(bytes: UnsafeRawBufferPointer, deepest: Int, namesAreUnique: Bool) {
        (self.bytes, self.deepest, self.namesAreUnique) = (bytes, deepest, namesAreUnique)
    }

    private mutating func value(depth: Int) -> SettingValue? {
        skipSpace()
        guard at < bytes.count, depth <= deepest else { return nil }
        switch bytes[at] {
        case UInt8(ascii: "{"): return object(depth: depth + 1)
        case UInt8(ascii: "["): return array(depth: depth + 1)
        case UInt8(ascii: "\""): return string().map(SettingValue.string)
        case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func array(depth: Int) -> SettingValue? {
        at += 1
        var elements: [SettingValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        while let element = value(depth: depth) {
            elements.append(element)
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { return nil }
        }
        return nil
    }

    private mutating func object(depth: Int) -> SettingValue? {
        at += 1
        var entries: [String: SettingValue] = [:]
        skipSpace()
        if take("}") { return .object([:]) }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\""), let name = string() else { return nil }
            skipSpace()
            guard take(":"), let value = value(depth: depth) else { return nil }
            // Of two with one name the first counts, as with Foundation.
            if let first = entries.updateValue(value, forKey: name) {
                if namesAreUnique {
                    repeated = name
                    return nil
                }
                entries[name] = first
            }
            skipSpace()
            if take("}") { return .object(entries) }
            guard take(",") else { return nil }
        }
    }

    /// A whole number without a point or an exponent is an integer, unless it is too great for one.
    private mutating func number() -> SettingValue? {
        if let digits = plainDigits() { return .int(digits) }
        let start = at
        var isWhole = true
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"): break
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): isWhole = false
            default: return Self.number(bytes[start..<at], isWhole: isWhole)
            }
            at += 1
        }
        return Self.number(bytes[start..<at], isWhole: isWhole)
    }

    /// Of a number that is nothing but a few digits, as most are.
    private mutating func plainDigits() -> Int? {
        var (end, value) = (at, 0)
        while end < bytes.count, end - at < 18, case let digit = bytes[end] &- UInt8(ascii: "0"), digit < 10 {
            value = value * 10 + Int(digit)
            end += 1
        }
        guard end > at, end < bytes.count, bytes[end] == UInt8(ascii: ",") || bytes[end] == UInt8(ascii: "}") else {
            return nil
        }
        at = end
        return value
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>, isWhole: Bool) -> SettingValue? {
        let text = String(decoding: digits, as: UTF8.self)
        // No integer is less than nothing and nothing.
        if isWhole, text != "-0", let value = Int(text) { return .int(value) }
        return Double(text).map(SettingValue.double)
    }

    private mutating func string() -> String? {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] >= 0x20, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at += 1 }
        guard at < bytes.count else { return nil }
        if bytes[at] == UInt8(ascii: "\"") {
            at += 1
            return String(validating: bytes[start..<at - 1], as: UTF8.self)
        }
        var text = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"): guard escape(into: &text) else { return nil }
            case ..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard at < bytes.count else { return false }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            guard let scalar = scalar() else { return false }
            text += String(scalar).utf8
        default: return false
        }
        return true
    }

    /// Of `\uXXXX` or a pair of surrogates, its `\u` read.
    private mutating func scalar() -> Unicode.Scalar? {
        guard let high = codeUnit() else { return nil }
        guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) }
        guard take("\\u"), let low = codeUnit(), (0xDC00..<0xE000).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }

    private mutating func codeUnit() -> UInt32? {
        guard at + 4 <= bytes.count else { return nil }
        var unit: UInt32 = 0
        for byte in bytes[at..<at + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            unit = unit * 16 + UInt32(digit)
        }
        at += 4
        return unit
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard at + length <= bytes.count, (0..<length).allSatisfy({ bytes[at + $0] == word.utf8Start[$0] }) else {
            return false
        }
        at += length
        return true
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 { at += 1 }
    }
}

/// An object has a name twice, of which one would be ignored.
private struct JSONRepetition: JSONProblem {
    let name: String

    var problem: String { "'\(name.prefix(64))' is there twice; give it once" }
}
