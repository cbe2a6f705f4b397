/// Goes through JSON that is known to be valid, an object's members one after another.
///
/// Names are Unicode scalars here: as Swift's strings, two tokens that differ only in how their accents are composed would be one.
struct JSONMembers: Sequence, IteratorProtocol {
    struct Member {
        let name: [UInt32]
        /// Where the value's bytes are.
        let value: Range<Int>
    }

    private let bytes: [UInt8]
    private var at: Int
    private let isObject: Bool

    /// - Parameter start: where the object's value begins, at its bracket or before; anything else has no members.
    init(_ bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        at = start
        isObject = bytes[start...].first { !Self.isSpace($0) } == UInt8(ascii: "{")
        if isObject { skip(to: UInt8(ascii: "{")) }
    }

    mutating func next() -> Member? {
        guard isObject else { return nil }
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            if bytes[at] == UInt8(ascii: "}") { return nil }
            at += 1
        }
        guard at < bytes.count else { return nil }
        let name = string()
        skip(to: UInt8(ascii: ":"))
        let start = at
        skipValue()
        return Member(name: name, value: start..<at)
    }

    /// The value of the member with this name, the last of several.
    func value(of name: String) -> Range<Int>? {
        let scalars = name.unicodeScalars.map(\.value)
        return reduce(nil) { $1.name == scalars ? $1.value : $0 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private mutating func skip(to byte: UInt8) {
        while at < bytes.count, bytes[at] != byte { at += 1 }
        at += 1
    }

    /// Past a value: to the comma or bracket after it.
    private mutating func skipValue() {
        var depth = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
            case UInt8(ascii: ","): if depth == 0 { return }
            default: break
            }
            at += 1
        }
    }

    private mutating func skipString() {
        at += 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        at += 1
    }

    /// The string that begins here.
    private mutating func string() -> [UInt32] {
        let start = at + 1
        skipString()
        var units: [UInt16] = []
        let text = String(decoding: bytes[start..<Swift.max(start, at - 1)], as: UTF8.self)
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let kind = rest.popFirst() else {
                units.append(contentsOf: UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter)
                continue
            }
            if kind == "u" {
                units.append(UInt16(String(String.UnicodeScalarView(rest.prefix(4))), radix: 16) ?? 0)
                rest = rest.dropFirst(4)
            } else {
                units.append(Self.escapes[kind] ?? UInt16(truncatingIfNeeded: kind.value))
            }
        }
        return String(decoding: units, as: UTF16.self).unicodeScalars.map(\.value)
    }

    private static let escapes: [Unicode.Scalar: UInt16] = ["b": 0x08, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09]
}

extension JSONMembers {
    /// The whole number that a value is; nil for anything else.
    static func number(_ bytes: [UInt8], in range: Range<Int>) -> Int? {
        let digits = bytes[range].filter { !isSpace($0) }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
