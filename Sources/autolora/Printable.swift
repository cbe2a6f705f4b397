import TrainerSettings

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
            default: text += scalar.commandsTerminals ? scalar.escaped(asASCII: true) : String(scalar)
            }
        }
        return text
    }
}
