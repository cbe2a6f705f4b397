import TrainerSettings

/// One row of a data file: a text and what is said of it.
package struct LabeledText: Sendable, Hashable {
    package let text: String
    package let label: String
    /// Where it begins in its file, from 1.
    package let line: Int
}

extension LabeledText: DataRow {
    static func rows(jsonLines bytes: [UInt8], file: String, _ columns: DataColumns) throws(InputError) -> [LabeledText] {
        try JSONLines.examples(in: bytes, file: file, columns)
    }

    static func rows(
        of records: [DelimitedText.Record], in table: DelimitedText, _ columns: DataColumns
    ) throws(InputError) -> [LabeledText] { try table.examples(records, columns) }

    static func columnNames(_ columns: DataColumns) -> [[String]] { [[columns.text, columns.label]] }
    static func commonColumn(in header: [String], _ columns: DataColumns) -> String? { columns.label }
    static func form(_ columns: DataColumns) -> String { "\(columns.text) and \(columns.label)" }

    var textHash: UInt64 { Self.hash(of: text) }

    /// A number that texts which differ at most in spaces at their ends have in common (FNV-1a, then mixed), the same in every
    /// version: it decides where ``DataSplit`` puts a row.
    static func hash(of text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let start = text.utf8.drop { $0 <= 0x20 }
        let kept = start.lastIndex { $0 > 0x20 }.map { start[...$0] } ?? start
        for byte in kept { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }
}
