/// Finds the JSON objects and Python dictionaries in a line, whatever stands around them.
///
/// Not a JSON decoder: those refuse NaN, single quotes, True and `np.float64(0.8)`, and what a trial prints must not be able to
/// stop us. A value that cannot be read spoils itself alone.
struct DictionaryScanner {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int
    /// What is left to look at, in bytes: hostile lines must not take a time that grows with their square.
    private var budget: Int

    private static let deepest = 64

    /// - Parameter range: of the bytes that are looked at; nil: all.
    init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
        budget = 64 * (end - position) + 1024
    }

    /// A dictionary's fields in their order; those whose names are no texts are left out.
    typealias Fields = [(name: String, value: Value)]

    enum Value {
        case number(Double)
        case text(String)
        /// Anything else, and where it stands.
        case other(Range<Int>)
    }

    /// Every dictionary that is not inside another, in the line's order.
    mutating func dictionaries() -> [Fields] {
        var found: [Fields] = []
        while let start = bytes[position..<end].firstIndex(of: UInt8(ascii: "{")), budget > 0 {
            position = start
            if let fields = dictionary(depth: 0) {
                found.append(fields)
            } else {
                budget -= position - start
                position = start + 1
            }
        }
        return found
    }

    /// The objects that these bytes are, one after another; nil where they are anything else, or not whole.
    mutating func objects() -> [Fields]? {
        var found: [Fields] = []
        while next() != nil {
            guard let fields = dictionary(depth: 0) else { return nil }
            found.append(fields)
            _ = take(",")
        }
        return found
    }

    /// The elements of the list that begins here; nil where there is none, or it has no end.
    mutating func elements() -> [Range<Int>]? {
        var elements: [Range<Int>] = []
        guard take("[") else { return nil }
        while !take("]") {
            _ = next()
            let start = position
            guard skipExpression(until: ",]", depth: 0) else { return nil }
            elements.append(start..<position)
            if !take(",") { return take("]") ? elements : nil }
        }
        return elements
    }

    // MARK: - Parts

    /// The next byte that is no space, not yet taken.
    private mutating func next() -> UInt8? {
        while position < end, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        return position < end ? bytes[position] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func dictionary(depth: Int) -> Fields? {
        guard depth < Self.deepest, take("{") else { return nil }
        var fields: Fields = []
        while !take("}") {
            guard let name = name(depth: depth), take(":"), let value = value(depth: depth) else { return nil }
            if case .text(let text) = name { fields.append((text, value)) }
            if !take(",") { return take("}") ? fields : nil }
        }
        return fields
    }

    private mutating func name(depth: Int) -> Value? {
        if let quote = next(), Self.isQuote(quote) { return text().map { .text(PrintedText.decoded($0)) } }
        let start = position
        guard skipExpression(until: ":", depth: depth) else { return nil }
        // No dictionary can be a name: it is rather one that follows a lone bracket.
        return bytes[start..<position].contains(UInt8(ascii: "{")) ? nil : .other(start..<position)
    }

    private mutating func value(depth: Int) -> Value? {
        guard let first = next() else { return nil }
        let start = position
        if Self.isQuote(first), let text = text(), let after = next(), [UInt8(ascii: ","), UInt8(ascii: "}")].contains(after) {
            return .text(PrintedText.decoded(text))
        }
        position = start
        guard skipExpression(until: ",}", depth: depth) else { return nil }
        return PrintedNumber.value(of: bytes[start..<position]).map(Value.number) ?? .other(start..<position)
    }

    /// What stands between a text's quotes, its escapes not yet read.
    private mutating func text() -> ArraySlice<UInt8>? {
        let (quote, start) = (bytes[position], position + 1)
        position = start
        while position < end, bytes[position] != quote { position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1 }
        guard position < end else {
            position = end
            return nil
        }
        position += 1
        return bytes[start..<(position - 1)]
    }

    /// Passes over one expression, brackets and quotes balanced, up to one of the stops; false where there is none.
    private mutating func skipExpression(until stops: String, depth: Int) -> Bool {
        let start = position
        guard depth < Self.deepest else { return false }
        while position < end {
            let byte = bytes[position]
            if stops.utf8.contains(byte) { return position > start }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "("):
                guard skipBrackets(depth: depth + 1) else { return false }
            case UInt8(ascii: "<"): guard skipObject() else { return false }
            case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: ","): return false
            case let quote where Self.isQuote(quote): guard text() != nil else { return false }
            default: position += 1
            }
        }
        return false
    }

    private mutating func skipBrackets(depth: Int) -> Bool {
        guard depth < Self.deepest else { return false }
        let close = Self.closing(bytes[position])
        position += 1
        while position < end, bytes[position] != close {
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "("):
                guard skipBrackets(depth: depth + 1) else { return false }
            case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"): return false
            case let quote where Self.isQuote(quote): guard text() != nil else { return false }
            default: position += 1
            }
        }
        position += 1
        return position <= end
    }

    /// `<torch.device object at 0x7f>`; a lone `<` is a character like any other.
    private mutating func skipObject() -> Bool {
        let close = bytes[position..<end].firstIndex { [UInt8(ascii: ">"), UInt8(ascii: "{")].contains($0) }
        position = close.map { bytes[$0] == UInt8(ascii: ">") ? $0 + 1 : position + 1 } ?? position + 1
        return true
    }

    private static func closing(_ open: UInt8) -> UInt8 {
        switch open {
        case UInt8(ascii: "{"): UInt8(ascii: "}")
        case UInt8(ascii: "["): UInt8(ascii: "]")
        default: UInt8(ascii: ")")
        }
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
}
