/// What Python's strings do: by code points, never by what looks like one character.
enum PythonText {
    /// `str.isspace`
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        (0x1C...0x1F).contains(scalar.value) || ScalarFlags.table[Int(scalar.value)].contains(.space)
    }

    static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// - Parameter characters: what is taken away; nil: blanks.
    static func strip(_ text: String, _ characters: String?, left: Bool, right: Bool) -> String {
        let set = characters.map { Set($0.unicodeScalars) }
        func goes(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? isBlank(scalar) }
        var rest = text.unicodeScalars[...]
        while left, let first = rest.first, goes(first) { rest.removeFirst() }
        while right, let last = rest.last, goes(last) { rest.removeLast() }
        return String(rest)
    }

    /// - Parameters:
    ///   - separator: not empty; nil: runs of blanks, none of which counts at an end.
    ///   - most: how many cuts at most.
    static func split(_ text: String, _ separator: String?, most: Int) -> [String] {
        guard let separator else { return splitAtBlanks(text, most: most) }
        let (bytes, mark) = (Array(text.utf8), Array(separator.utf8))
        var (parts, start): ([String], Int) = ([], 0)
        for place in places(of: mark, in: bytes, most: most) {
            parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
            start = place + mark.count
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    private static func splitAtBlanks(_ text: String, most: Int) -> [String] {
        var (parts, rest): ([String], Substring.UnicodeScalarView) = ([], text.unicodeScalars[...])
        while true {
            rest = rest.drop(while: isBlank)
            guard !rest.isEmpty else { return parts }
            guard parts.count < most else {
                return parts + [strip(String(rest), nil, left: false, right: true)]
            }
            let word = rest.prefix { !isBlank($0) }
            parts.append(String(word))
            rest = rest[word.endIndex...]
        }
    }

    /// Where a text stands in another one, from the left, without overlaps.
    ///
    /// However often the mark begins and does not go on, each byte is looked at twice at most (Knuth, Morris and Pratt, 1977).
    ///
    /// - Parameter most: how many at most.
    static func places(of mark: [UInt8], in bytes: [UInt8], most: Int = .max) -> [Int] {
        guard !mark.isEmpty, mark.count <= bytes.count, most > 0 else { return [] }
        let borders = borders(of: mark)
        var (places, matched) = ([Int](), 0)
        for (place, byte) in bytes.enumerated() {
            while matched > 0, mark[matched] != byte { matched = borders[matched - 1] }
            if mark[matched] == byte { matched += 1 }
            guard matched == mark.count else { continue }
            places.append(place + 1 - mark.count)
            if places.count == most { break }
            matched = 0
        }
        return places
    }

    /// For each beginning of the mark, how long its longest end is that is a shorter beginning too.
    private static func borders(of mark: [UInt8]) -> [Int] {
        var borders = [0]
        for byte in mark.dropFirst() {
            var length = borders[borders.count - 1]
            while length > 0, mark[length] != byte { length = borders[length - 1] }
            borders.append(mark[length] == byte ? length + 1 : 0)
        }
        return borders
    }

    static func replace(_ old: String, with new: String, in text: String, most: Int) -> String {
        if old.isEmpty {
            // Between all characters, as Python has it.
            let scalars = text.unicodeScalars.map { String($0) }
            var (result, left) = ("", most)
            for scalar in scalars {
                if left > 0 { result += new }
                left -= 1
                result += scalar
            }
            return left > 0 ? result + new : result
        }
        let parts = split(text, old, most: most)
        return parts.joined(separator: new)
    }

    static func capitalized(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        return first.properties.titlecaseMapping + text.unicodeScalars.dropFirst().map(\.properties.lowercaseMapping).joined()
    }

    static func titled(_ text: String) -> String {
        var (result, inWord) = ("", false)
        for scalar in text.unicodeScalars {
            result += inWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            inWord = scalar.properties.isCased
        }
        return result
    }

    static func areEqual(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

    /// By code points.
    static func isLess(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    /// As Python writes a string in code.
    static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case quote: result += "\\" + String(quote)
            case ..<" ", "\u{7F}"..."\u{A0}", "\u{AD}": result += "\\x" + hex(scalar, 2)
            default:
                result +=
                    isPrinted(scalar)
                    ? String(scalar) : scalar.value < 0x10000 ? "\\u" + hex(scalar, 4) : "\\U" + hex(scalar, 8)
            }
        }
        return result + String(quote)
    }

    private static func isPrinted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
            scalar == " "
        default: true
        }
    }

    private static func hex(_ scalar: Unicode.Scalar, _ width: Int) -> String {
        let digits = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
