extension TemplateLexer {
    private static let signs = [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":",
        "|",
        ",", ";",
    ].map { Array($0.unicodeScalars) }

    /// A token of an expression.
    mutating func readToken(_ brackets: inout [Unicode.Scalar]) throws(TemplateProblem) {
        let first = scalars[at]
        if first == "'" || first == "\"" { return try readString(first) }
        if ("0"..."9").contains(first) { return try readNumber() }
        if Self.isNameStart(first) {
            var end = at
            while end < scalars.count, Self.isNameStart(scalars[end]) || ("0"..."9").contains(scalars[end]) { end += 1 }
            add(.name(text(at..<end)))
            return advance(to: end)
        }
        guard let sign = Self.signs.first(where: { scalars[at...].starts(with: $0) }) else {
            throw fail("found '\(String(first))', which no expression has")
        }
        switch first {
        case "(", "[", "{": brackets.append(first)
        case ")", "]", "}":
            let opened: Unicode.Scalar = first == ")" ? "(" : first == "]" ? "[" : "{"
            guard brackets.popLast() == opened else { throw fail("found '\(String(first))' without a bracket that it closes") }
        default: break
        }
        add(.sign(text(at..<(at + sign.count))))
        advance(to: at + sign.count)
    }

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isXIDStart
    }

    private func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    private mutating func readNumber() throws(TemplateProblem) {
        var end = at
        var isDouble = false
        func digits() {
            while end < scalars.count, ("0"..."9").contains(scalars[end]) || scalars[end] == "_" { end += 1 }
        }
        digits()
        if end + 1 < scalars.count, scalars[end] == ".", ("0"..."9").contains(scalars[end + 1]) {
            isDouble = true
            end += 1
            digits()
        }
        if end + 1 < scalars.count, scalars[end] == "e" || scalars[end] == "E" {
            let sign = scalars[end + 1] == "+" || scalars[end + 1] == "-" ? 2 : 1
            if end + sign < scalars.count, ("0"..."9").contains(scalars[end + sign]) {
                isDouble = true
                end += sign
                digits()
            }
        }
        let written = text(at..<end).filter { $0 != "_" }
        if isDouble, let number = Double(written) {
            add(.double(number))
        } else if let number = Int(written) {
            add(.integer(number))
        } else {
            throw fail("the number \(written.prefix(40)) is too large")
        }
        advance(to: end)
    }

    private mutating func readString(_ quote: Unicode.Scalar) throws(TemplateProblem) {
        var (text, place) = (String.UnicodeScalarView(), at + 1)
        while place < scalars.count, scalars[place] != quote {
            if scalars[place] == "\\", place + 1 < scalars.count {
                place = readEscape(at: place + 1, into: &text)
            } else {
                text.append(scalars[place])
                place += 1
            }
        }
        guard place < scalars.count else { throw fail("a string opens here and does not end") }
        add(.string(String(text)))
        advance(to: place + 1)
    }

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}",
        "v": "\u{B}",
    ]

    /// As Python reads it; what it does not know stays as it is.
    ///
    /// - Returns: the place after the escape.
    private func readEscape(at place: Int, into text: inout String.UnicodeScalarView) -> Int {
        let kind = scalars[place]
        if let meant = Self.escapes[kind] {
            text.append(meant)
            return place + 1
        }
        if kind == "\n" { return place + 1 }
        let lengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
        if let length = lengths[kind], place + length < scalars.count,
            let value = UInt32(self.text((place + 1)..<(place + 1 + length)), radix: 16), let scalar = Unicode.Scalar(value)
        {
            text.append(scalar)
            return place + 1 + length
        }
        text.append("\\")
        text.append(kind)
        return place + 1
    }
}
