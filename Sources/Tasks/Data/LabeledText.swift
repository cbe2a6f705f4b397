/// One row of a data file: a text and what is said of it.
package struct LabeledText: Sendable, Hashable {
    package let text: String
    package let label: String
    /// Where it begins in its file, from 1.
    package let line: Int
}

extension LabeledText {
    /// A number that texts which differ at most in spaces at their ends have in common (FNV-1a, then mixed), the same in every
    /// version: it decides where ``DataSplit`` puts a row.
    var textHash: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let start = text.utf8.drop { $0 <= 0x20 }
        let kept = start.lastIndex { $0 > 0x20 }.map { start[...$0] } ?? start
        for byte in kept { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }

    /// The text's place among all texts, at least 0 and below 1.
    var place: Double { Double(textHash >> 11) * 0x1p-53 }
}
