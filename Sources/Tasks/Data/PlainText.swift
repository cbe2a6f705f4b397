package import TrainerSettings

/// One row of a file whose labels nobody asks for.
struct PlainText: DataRow {
    let text: String

    static func rows(jsonLines bytes: [UInt8], file: String, _ columns: DataColumns) throws(InputError) -> [PlainText] {
        let form = "{\"\(columns.text)\": ...}"
        return try JSONLines.rows(in: bytes, file: file, form: form, JSONDecoding()) {
            (row: [String: SettingValue], line, _) throws(InputError) in
            guard let text = row[columns.text]?.text else {
                let found = row.keys.sorted().prefix(8).joined(separator: ", ")
                throw InputError(
                    file: file, line: line,
                    problem:
                        "'\(columns.text)' is \(row[columns.text].map { "\($0), no text" } ?? "missing") (found: \(found)); "
                        + "name the key with the text by --text-column")
            }
            return PlainText(text: text)
        }
    }

    static func rows(
        of records: [DelimitedText.Record], in table: DelimitedText, _ columns: DataColumns
    ) throws(InputError) -> [PlainText] {
        guard let header = records.first else { return [] }
        guard let column = header.fields.firstIndex(of: columns.text) else {
            throw InputError(
                file: table.file, line: header.line,
                problem:
                    "has no column '\(columns.text)' (found: \(header.fields.prefix(8).joined(separator: ", "))); name the one "
                    + "with the text by --text-column")
        }
        return try table.rows(below: header, records).map { PlainText(text: $0.fields[column]) }
    }

    static func columnNames(_ columns: DataColumns) -> [[String]] { [[columns.text]] }
    static func commonColumn(in header: [String], _ columns: DataColumns) -> String? {
        header.contains(columns.label) ? columns.label : nil
    }
    static func form(_ columns: DataColumns) -> String { columns.text }

    var textHash: UInt64 { LabeledText.hash(of: text) }
}

/// The texts of a file.
package enum TextRows {
    /// Those of the text column of a .jsonl, .csv or .tsv file; of any other file its lines, empty ones too,
    /// so that each has its answer.
    ///
    /// - Throws: ``InputError`` naming the file and the line.
    package static func read(_ path: String, _ columns: DataColumns) throws(InputError) -> [String] {
        guard ["jsonl", "csv", "tsv", "json"].contains(DataSource.ending(path)) else {
            let lines: [String]
            do {
                var text = TextLines(of: path)
                lines = try text.lines(adding: TextFile.readLines(path), isLast: true)
            } catch { throw InputError(error) }
            guard !lines.isEmpty else {
                throw InputError(place: path, problem: "is empty; expected a text on each line")
            }
            return lines
        }
        return try DataFile<PlainText>(DataSource(path: path), columns) { (_: [PlainText], _, _) in }.examples.map(\.text)
    }
}
