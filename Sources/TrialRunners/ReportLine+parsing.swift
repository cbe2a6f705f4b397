import Glibc

extension ReportLine {
    /// Longer lines are log: no report is.
    static let longest = 64 * 1024

    /// Reads a line as a report: a JSON object, or a dictionary as Python prints it, that bears the metric as a number.
    ///
    /// NaN and Infinity are numbers, as are texts that hold one (`{'eval_accuracy': '0.81'}`, as transformers 5 prints).
    package init?(line: some Collection<UInt8>, metric: String) {
        guard line.count <= Self.longest else { return nil }
        var scanner = DictionaryScanner(Array(line))
        guard let figures = scanner.figures() else { return nil }
        var numbers = figures.numbers
        guard let value = numbers.removeValue(forKey: metric) else { return nil }
        let step = numbers.removeValue(forKey: "step").flatMap(Int.init(exactly:))
        self.init(step: step, value: value, metrics: numbers, details: figures.texts)
    }
}

/// Scans a line that is one JSON object or Python dictionary for the numbers at its top level.
///
/// Not a JSON decoder: those refuse NaN, single quotes and True, and what a trial prints must not be able to stop us.
private struct DictionaryScanner {
    private let bytes: [UInt8]
    private var position = 0

    private static let deepest = 64
    /// Longer ones are the log's alone.
    private static let longestText = 200

    private enum Value {
        case number(Double)
        case text([UInt8])
        case other
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Every top-level number and short text by name; nil where the line is anything but one whole dictionary.
    mutating func figures() -> (numbers: [String: Double], texts: [String: String])? {
        var (numbers, texts): ([String: Double], [String: String]) = ([:], [:])
        guard let fields = dictionary(depth: 0), next() == nil else { return nil }
        for (name, value) in fields {
            let name = String(decoding: name, as: UTF8.self)
            (numbers[name], texts[name]) = (nil, nil)
            switch value {
            case .number(let number): numbers[name] = number
            case .text(let text):
                numbers[name] = Self.number(in: text[...])
                if numbers[name] == nil, text.count <= Self.longestText { texts[name] = String(decoding: text, as: UTF8.self) }
            case .other: break
            }
        }
        return (numbers, texts)
    }

    /// The next byte that is no space, not yet taken.
    private mutating func next() -> UInt8? {
        while position < bytes.count, [0x20, 0x09, 0x0D].contains(bytes[position]) { position += 1 }
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func dictionary(depth: Int) -> [([UInt8], Value)]? {
        guard depth < Self.deepest, take("{") else { return nil }
        var fields: [([UInt8], Value)] = []
        if take("}") { return fields }
        repeat {
            guard let name = text(), take(":"), let value = value(depth: depth) else { return nil }
            fields.append((name, value))
        } while take(",")
        return take("}") ? fields : nil
    }

    private mutating func list(from open: Unicode.Scalar, to close: Unicode.Scalar, depth: Int) -> Bool {
        guard depth < Self.deepest, take(open) else { return false }
        while !take(close) {
            guard value(depth: depth) != nil else { return false }
            if !take(",") { return take(close) }
        }
        return true
    }

    private mutating func value(depth: Int) -> Value? {
        switch next() {
        case UInt8(ascii: "{"): return dictionary(depth: depth + 1).map { _ in .other }
        case UInt8(ascii: "["): return list(from: "[", to: "]", depth: depth + 1) ? .other : nil
        case UInt8(ascii: "("): return list(from: "(", to: ")", depth: depth + 1) ? .other : nil
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return text().map(Value.text)
        default: return word()
        }
    }

    /// A quoted text; escapes are taken as the character after the backslash, which is all that numbers and names need.
    private mutating func text() -> [UInt8]? {
        guard let quote = next(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == quote { return text }
            if byte == UInt8(ascii: "\\"), position < bytes.count {
                text.append(bytes[position])
                position += 1
            } else {
                text.append(byte)
            }
        }
        return nil
    }

    /// A number or a word such as true or None.
    private mutating func word() -> Value? {
        let start = position
        while position < bytes.count, !",}]) \t\r".utf8.contains(bytes[position]) { position += 1 }
        let word = bytes[start..<position]
        if let number = Self.number(in: word) { return .number(number) }
        return ["true", "false", "null", "True", "False", "None"].contains(String(decoding: word, as: UTF8.self)) ? .other : nil
    }

    private static func number(in bytes: ArraySlice<UInt8>) -> Double? {
        let text = String(decoding: bytes, as: UTF8.self)
        let isNumber = bytes.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        guard isNumber || ["nan", "inf", "infinity"].contains(text.drop { $0 == "-" }.lowercased()) else { return nil }
        return Double(text)
    }
}

/// Cuts a stream of bytes into lines; what is longer than a report may be is passed over, never kept.
struct LineSplitter {
    private var line: [UInt8] = []
    private var tooLong = false

    mutating func take(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = Self.lineBreak(in: rest) {
            keep(rest[..<end])
            if !tooLong { lines.append(line) }
            line.removeAll(keepingCapacity: true)
            tooLong = false
            rest = rest[(end + 1)...]
        }
        keep(rest)
        return lines
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        tooLong = tooLong || line.count + bytes.count > ReportLine.longest
        if !tooLong { line += bytes }
    }

    private static func lineBreak(in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { memory in
            memory.baseAddress.flatMap { start in
                memchr(start, 0x0A, memory.count).map { bytes.startIndex + (UnsafeRawPointer($0) - start) }
            }
        }
    }

    /// What stood after the last line break.
    mutating func finish() -> [[UInt8]] { line.isEmpty || tooLong ? [] : [line] }
}
