/// Signs as Python's `str` tells them apart: published scores depend on it.
enum PythonText {
    /// What `str.split()` splits at.
    static func isSpace(_ sign: Unicode.Scalar) -> Bool {
        switch sign.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// What `\w` matches.
    static func isWord(_ sign: Unicode.Scalar) -> Bool {
        switch sign.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: sign == "_" || sign.properties.numericType != nil
        }
    }

    /// `str.split()`
    ///
    /// Words are compared by their code points: Swift takes é for the same as e with an accent after it, Python does not.
    static func words(_ signs: some Collection<Unicode.Scalar>) -> [[Unicode.Scalar]] {
        signs.split(whereSeparator: isSpace).map { Array($0) }
    }

    /// `str.strip()`
    static func stripped(_ text: String) -> [Unicode.Scalar] {
        let start = Array(text.unicodeScalars.drop(while: isSpace))
        return start.lastIndex { !isSpace($0) }.map { Array(start[...$0]) } ?? []
    }
}
