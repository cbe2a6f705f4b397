/// Classes of characters.
enum RegexClass {
    private static let digit: UInt8 = 128, letter: UInt8 = 129, space: UInt8 = 130, other: UInt8 = 131

    static let all = RegexCharacters(0...other)
    private static let digits = RegexCharacters(48...57).union([digit])
    private static let words = RegexCharacters(UInt8(ascii: "a")...UInt8(ascii: "z"))
        .union(UInt8(ascii: "A")...UInt8(ascii: "Z")).union(digits).union([UInt8(ascii: "_"), letter])
    private static let spaces: RegexCharacters = [9, 10, 11, 12, 13, 32, space]

    /// The class of an escape such as `\w`.
    static func escaped(_ scalar: Unicode.Scalar) -> RegexCharacters? {
        switch scalar {
        case "d": digits
        case "D": all.subtracting(digits)
        case "w": words
        case "W": all.subtracting(words)
        case "s": spaces
        case "S": all.subtracting(spaces)
        case "h": [9, 32, space]
        case "H": all.subtracting([9, 32, space])
        case "v", "R": [10, 11, 12, 13, space]
        case "V": all.subtracting([10, 11, 12, 13, space])
        case "X": all
        default: nil
        }
    }

    static func of(_ scalar: Unicode.Scalar, ignoringCase: Bool) -> RegexCharacters {
        if scalar.isASCII {
            let own = UInt8(scalar.value)
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            return ignoringCase && isLetter ? [own, own ^ 0x20] : [own]
        }
        if scalar.properties.generalCategory == .decimalNumber { return [digit] }
        return [scalar.properties.isAlphabetic ? letter : scalar.properties.isWhitespace ? space : other]
    }

    static func range(_ low: Unicode.Scalar, _ high: Unicode.Scalar, ignoringCase: Bool) -> RegexCharacters {
        guard low.value <= high.value else { return all }
        var characters: RegexCharacters = high.isASCII ? [] : [digit, letter, space, other]
        for value in low.value..<max(low.value, min(high.value, 127) + 1) {
            characters.formUnion(of(Unicode.Scalar(UInt8(value)), ignoringCase: ignoringCase))
        }
        return characters
    }
}
