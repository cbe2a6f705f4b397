extension String {
    private static let longest = 4000

    /// One line that a terminal shows and does not obey: files can put anything into their names and values.
    var printable: String {
        var text = ""
        for (count, scalar) in unicodeScalars.enumerated() {
            if count == Self.longest { return text + "..." }
            switch scalar {
            case "\n": text += " "
            case "\t": text += "\t"
            // What turns the direction of writing, so that a line reads otherwise than it is.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": text += scalar.escaped(asASCII: true)
            default: text += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
            }
        }
        return text
    }
}
