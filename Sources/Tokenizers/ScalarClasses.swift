/// Questions about one scalar, answered from the reference's own tables.
enum ScalarClasses {
    static func isRemoved(_ scalar: UInt32) -> Bool { contains(UnicodeTables.removed, scalar) }
    static func isWhitespace(_ scalar: UInt32) -> Bool { contains(UnicodeTables.whitespace, scalar) }
    static func isIdeograph(_ scalar: UInt32) -> Bool { contains(UnicodeTables.ideographs, scalar) }
    static func isMark(_ scalar: UInt32) -> Bool { contains(UnicodeTables.marks, scalar) }
    static func isPunctuation(_ scalar: UInt32) -> Bool { contains(UnicodeTables.punctuation, scalar) }

    /// The combining class that decides the order of neighboring marks; 0 for what starts a new group.
    static func combiningClass(_ scalar: UInt32) -> UInt8 {
        let table = UnicodeTables.combiningClasses
        for index in stride(from: 0, to: table.count, by: 2) where table[index] == scalar {
            return UInt8(table[index + 1])
        }
        return 0
    }

    /// The canonical decomposition without its nonspacing marks, one scalar after another.
    static func decompose(_ scalar: UInt32, _ body: (UInt32) -> Void) {
        if (0xAC00...0xD7A3).contains(scalar) { return decomposeHangul(scalar, body) }
        let index = lowerBound(UnicodeTables.decomposable, scalar)
        if index < UnicodeTables.decomposable.count, UnicodeTables.decomposable[index] == scalar {
            return body(UnicodeTables.decompositions[index])
        }
        let long = UnicodeTables.longDecompositions
        var entry = 0
        while entry < long.count, long[entry] < scalar { entry += 2 + Int(long[entry + 1]) }
        guard entry < long.count, long[entry] == scalar else { return body(scalar) }
        for part in long[(entry + 2)..<(entry + 2 + Int(long[entry + 1]))] { body(part) }
    }

    /// A Hangul syllable into its two or three letters (Unicode, section 3.12).
    private static func decomposeHangul(_ scalar: UInt32, _ body: (UInt32) -> Void) {
        let index = scalar - 0xAC00
        body(0x1100 + index / 588)
        body(0x1161 + index % 588 / 28)
        if index % 28 != 0 { body(0x11A7 + index % 28) }
    }

    /// Whether one of the ranges, pairs of first and last in rising order, has the scalar.
    private static func contains(_ ranges: [UInt32], _ scalar: UInt32) -> Bool {
        let index = lowerBound(ranges, scalar)
        guard index < ranges.count else { return false }
        return index % 2 == 1 || ranges[index] == scalar
    }

    /// The index of the first number that is not below the scalar.
    private static func lowerBound(_ numbers: [UInt32], _ scalar: UInt32) -> Int {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < scalar { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

// What regular expressions call \s and \w, which decide how far an added token reaches.
extension ScalarClasses {
    static func isUnicodeWhitespace(_ scalar: UInt32) -> Bool {
        Unicode.Scalar(scalar)?.properties.isWhitespace ?? false
    }

    static func isWordCharacter(_ scalar: UInt32) -> Bool {
        if scalar == 0x200C || scalar == 0x200D { return true }
        guard let properties = Unicode.Scalar(scalar)?.properties else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return properties.isAlphabetic
        }
    }
}
