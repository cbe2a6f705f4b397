/// Reads a number as JSON, Python, NumPy and torch print it: `0.81`, `1e-5`, `NaN`, `-inf`, `np.float64(0.81)`,
/// `tensor(0.81, device='cuda:0')`.
enum PrintedNumber {
    /// nil: it is none.
    static func value(of expression: ArraySlice<UInt8>) -> Double? {
        let expression = trimmed(expression)
        return number(in: expression) ?? wrapped(expression)
    }

    /// A number that stands alone, or the text of one.
    static func number(in bytes: ArraySlice<UInt8>) -> Double? {
        guard (1...400).contains(bytes.count) else { return nil }
        let isNumber = bytes.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        let text = String(decoding: bytes, as: UTF8.self)
        let unsigned = text.first.map { "+-".contains($0) } == true ? text.dropFirst() : text[...]
        guard isNumber || ["nan", "inf", "infinity"].contains(unsigned.lowercased()) else { return nil }
        return Double(text)
    }

    /// A number that a pattern cut out of a sentence, with what may cling to it: `2.381,`, `95.3%`, `(0.3)`.
    static func inProse(_ text: String) -> Double? {
        var bytes = trimmed(Array(text.utf8)[...]).drop { "([{<'\"`".utf8.contains($0) }
        while let last = bytes.last, ",;:.%)]}>'\"`".utf8.contains(last) {
            if let value = value(of: bytes) { return value }
            bytes.removeLast()
        }
        return value(of: bytes)
    }

    /// The names, after their modules', of what wraps one number.
    private static let wrappers: Set = [
        "float", "float16", "float32", "float64", "float128", "bfloat16", "half", "single", "double", "longdouble", "longlong",
        "int", "int8", "int16", "int32", "int64", "intc", "uint8", "uint16", "uint32", "uint64", "tensor", "Tensor", "array",
        "Array",
        "Decimal",
    ]

    /// `name(number)`, keywords such as `device='cuda:0'` after it.
    private static func wrapped(_ expression: ArraySlice<UInt8>) -> Double? {
        guard expression.last == UInt8(ascii: ")"), let open = expression.firstIndex(of: UInt8(ascii: "(")) else { return nil }
        let name = String(decoding: expression[..<open], as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
            .last
        guard let name, wrappers.contains(String(name)) else { return nil }
        let inside = expression[(open + 1)...].dropLast()
        let arguments = inside.split(separator: UInt8(ascii: ","), maxSplits: 1)
        guard let first = arguments.first else { return nil }
        if arguments.count == 2, !arguments[1].contains(UInt8(ascii: "=")) { return nil }
        return number(in: unquoted(trimmed(first)))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = bytes.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        while let last = rest.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) { rest.removeLast() }
        return rest
    }

    private static func unquoted(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.count >= 2, let quote = bytes.first, quote == bytes.last, quote == 0x22 || quote == 0x27 else {
            return bytes
        }
        return bytes.dropFirst().dropLast()
    }
}
