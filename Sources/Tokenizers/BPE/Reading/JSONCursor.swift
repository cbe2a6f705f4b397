/// Goes through JSON that is known to be valid, and takes from it what is asked for, without a tree of it all: a vocabulary has hundreds
/// of thousands of names.
struct JSONCursor {
    let bytes: [UInt8]
    private(set) var at: Int

    /// - Parameter start: where a value begins, or blanks before it.
    init(_ bytes: [UInt8], at start: Int) { (self.bytes, at) = (bytes, start) }

    /// Past the bracket that opens here; false: another value stands here.
    mutating func open(_ bracket: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: bracket) else { return false }
        at += 1
        return true
    }

    /// Past the bracket that closes an object or a list, which ends it, or past the comma before its next value.
    mutating func closes() -> Bool {
        while let byte = next {
            switch byte {
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                at += 1
                return true
            case UInt8(ascii: ","): at += 1
            default: return false
            }
        }
        return true
    }

    /// The name of a member, past its colon.
    mutating func name(into text: inout [UInt8]) {
        _ = string(into: &text)
        if next == UInt8(ascii: ":") { at += 1 }
    }

    /// The string here, in UTF-8; false: another value stands here, which is left.
    mutating func string(into text: inout [UInt8]) -> Bool {
        guard next == UInt8(ascii: "\"") else { return false }
        text.removeAll(keepingCapacity: true)
        at += 1
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): escape(into: &text)
            default: text.append(byte)
            }
        }
        return true
    }

    /// The whole number here; nil: another value stands here, which is skipped.
    mutating func integer() -> Int? {
        let value = value()
        return Int(String(decoding: bytes[value], as: UTF8.self))
    }

    /// The bytes of the value here, past it.
    mutating func value() -> Range<Int> {
        guard let first = next else { return at..<at }
        let start = at
        if first == UInt8(ascii: "\"") {
            skipString()
        } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            skipNested()
        } else {
            while at < bytes.count, !Self.endsPlainValue(bytes[at]) { at += 1 }
        }
        return start..<at
    }

    /// The byte after the blanks here.
    private var next: UInt8? {
        mutating get {
            while at < bytes.count, bytes[at] == 0x20 || (0x09...0x0D).contains(bytes[at]) { at += 1 }
            return at < bytes.count ? bytes[at] : nil
        }
    }

    private static func endsPlainValue(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte <= 0x20
    }

    private mutating func skipString() {
        at += 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        at = min(at + 1, bytes.count)
    }

    private mutating func skipNested() {
        var depth = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            at += 1
            if depth == 0 { return }
        }
    }

    private mutating func escape(into text: inout [UInt8]) {
        guard at < bytes.count else { return }
        let kind = bytes[at]
        at += 1
        switch kind {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var units = [unit()]
            // The other half of a pair follows as an escape of its own.
            if UTF16.isLeadSurrogate(units[0]), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\") {
                at += 2
                units.append(unit())
            }
            text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
        default: text.append(kind)
        }
    }

    private mutating func unit() -> UInt16 {
        let end = min(at + 4, bytes.count)
        defer { at = end }
        return UInt16(String(decoding: bytes[at..<end], as: UTF8.self), radix: 16) ?? 0xFFFD
    }
}

extension JSONCursor {
    /// The members of an object; false: another value stands here.
    @discardableResult mutating func members(_ body: (_ name: [UInt8], _ value: Range<Int>) -> Void) -> Bool {
        guard open("{") else { return false }
        var name: [UInt8] = []
        while !closes() {
            self.name(into: &name)
            body(name, value())
        }
        return true
    }
}
