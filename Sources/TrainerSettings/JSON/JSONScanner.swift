/// What is wrong with a text that should be JSON, and the bytes before it.
struct JSONMistake: Sendable, Hashable {
    let offset: Int
    let problem: String
}

/// Goes through a text by JSON's grammar (RFC 8259) and keeps nothing of it.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private let deepest: Int
    private var at = 0

    /// The first mistake; nil: it is JSON, nested no deeper than allowed.
    static func firstMistake(in bytes: UnsafeRawBufferPointer, deepest: Int) -> JSONMistake? {
        var scanner = JSONScanner(bytes: bytes, deepest: deepest)
        do throws(Stop) {
            try scanner.document()
            return nil
        } catch {
            return error.mistake
        }
    }

    private struct Stop: Error { let mistake: JSONMistake }

    private init(bytes: UnsafeRawBufferPointer, deepest: Int) { (self.bytes, self.deepest) = (bytes, deepest) }

    private mutating func document() throws(Stop) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { throw stop("is UTF-16; save it as UTF-8") }
        try value(depth: 0)
        skipSpace()
        if at < bytes.count { throw stop("found \(found) after the end of the JSON") }
    }

    private mutating func value(depth: Int) throws(Stop) {
        skipSpace()
        switch at < bytes.count ? bytes[at] : 0 {
        case UInt8(ascii: "{"): try list(to: UInt8(ascii: "}"), depth: depth + 1, isObject: true)
        case UInt8(ascii: "["): try list(to: UInt8(ascii: "]"), depth: depth + 1, isObject: false)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw stop("found \(found), expected a JSON value")
        }
    }

    private mutating func list(to close: UInt8, depth: Int, isObject: Bool) throws(Stop) {
        guard depth <= deepest else { throw stop("nested deeper than \(deepest) levels") }
        at += 1
        skipSpace()
        if take(close) { return }
        while true {
            if isObject {
                skipSpace()
                guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                    throw stop("found \(found), expected a name in quotes")
                }
                try string()
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw stop("found \(found), expected ':'") }
            }
            try value(depth: depth)
            skipSpace()
            if take(close) { return }
            guard take(UInt8(ascii: ",")) else {
                throw stop("found \(found), expected ',' or '\(Character(Unicode.Scalar(close)))'")
            }
        }
    }

    private mutating func word(_ word: StaticString) throws(Stop) {
        let length = word.utf8CodeUnitCount
        let isThere = at + length <= bytes.count && (0..<length).allSatisfy { bytes[at + $0] == word.utf8Start[$0] }
        guard isThere else { throw stop("found \(found), expected a JSON value") }
        at += length
    }

    private mutating func number() throws(Stop) {
        let start = at
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try digits()
        }
        // Below 300 digits without an exponent no number is too large.
        guard at - start > 300 || bytes[start..<at].contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return }
        guard Double(String(decoding: bytes[start..<at], as: UTF8.self))?.isInfinite == true else { return }
        at = start
        throw stop("found a number that is too large, expected one up to 1.8e308")
    }

    private mutating func digits() throws(Stop) {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        if at == start { throw stop("found \(found), expected a digit") }
    }

    private mutating func string() throws(Stop) {
        at += 1
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case ..<0x20: throw stop("found \(found) in a string, expected an escape for it")
            case ..<0x80: at += 1
            default: try wideCharacter()
            }
        }
        throw stop("found the end, expected '\"'")
    }

    private mutating func escape() throws(Stop) {
        guard at + 1 < bytes.count else { throw stop("found the end in an escape") }
        guard bytes[at + 1] == UInt8(ascii: "u") else {
            guard #""\/bfnrt"#.utf8.contains(bytes[at + 1]) else { throw stop("found an escape that JSON does not have") }
            at += 2
            return
        }
        let unit = try codeUnit()
        guard (0xD800...0xDFFF).contains(unit) else { return }
        let high = at
        guard unit < 0xDC00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u"),
            (0xDC00...0xDFFF).contains(try codeUnit())
        else {
            at = high - 6
            throw stop("found half of a pair of surrogates, expected both")
        }
    }

    /// The value of `\uXXXX`.
    private mutating func codeUnit() throws(Stop) -> Int {
        guard at + 6 <= bytes.count else { throw stop("found the end in an escape") }
        var unit = 0
        for byte in bytes[at + 2..<at + 6] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw stop("found an escape without four hexadecimal digits")
            }
            unit = unit * 16 + digit
        }
        at += 6
        return unit
    }

    private mutating func wideCharacter() throws(Stop) {
        let rest = bytes[at..<min(at + 4, bytes.count)]
        var (decoder, units) = (Unicode.UTF8.ForwardParser(), rest.makeIterator())
        guard case .valid(let scalar) = decoder.parseScalar(from: &units) else { throw stop("found bytes that are not UTF-8") }
        at += scalar.count
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    /// The character that is not as it should be, in words.
    private var found: String {
        guard at < bytes.count else { return "the end" }
        let byte = bytes[at]
        if byte < 0x20 || byte == 0x7F { return "byte \(byte)" }
        return byte < 0x80 ? "'\(Character(Unicode.Scalar(byte)))'" : "a character that is not ASCII"
    }

    private func stop(_ problem: String) -> Stop { Stop(mistake: JSONMistake(offset: at, problem: problem)) }
}
