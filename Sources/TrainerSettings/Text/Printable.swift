extension String {
    private static let longest = 4000

    /// One line that a terminal shows and does not obey: files can put anything into their names and values.
    package var printable: String {
        var text = ""
        for (count, scalar) in unicodeScalars.enumerated() {
            if count == Self.longest { return text + "..." }
            switch scalar {
            case "\n": text += " "
            case "\t": text += "\t"
            default: text += scalar.commandsTerminals ? scalar.escaped(asASCII: true) : String(scalar)
            }
        }
        return text
    }

    /// Each line as ``printable``.
    package var printableLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }

    /// Its words with one space between: what stands in a column.
    package var oneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }

    /// Padded with spaces to a width, on the right or on the left.
    package func padded(_ width: Int, left: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - count))
        return left ? spaces + self : self + spaces
    }
}
