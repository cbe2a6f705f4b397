import TrainerSettings

/// Rows of values with a sign between them; the first row names the columns.
struct DelimitedText {
    /// ASCII.
    let separator: Unicode.Scalar
    let file: String
    var quoting = DataColumns.Quoting.auto
    /// Whether a command reads it, which has no settings for its form.
    var areOptions = false

    struct Record: Hashable {
        var fields: [String]
        /// The line it begins on and the one it ends on.
        let line: Int
        var lastLine: Int
    }

    /// What quotes do that enclose no value.
    struct QuoteProblem: Error, Hashable {
        /// Where the quote opens.
        let line: Int
        let problem: String
    }

    /// The records below the first, each with as many values as that names.
    ///
    /// - Throws: ``InputError`` naming the line of another one.
    func rows(below header: Record, _ records: [Record]) throws(InputError) -> ArraySlice<Record> {
        for record in records.dropFirst() where record.fields.count != header.fields.count {
            let lines = record.lastLine > record.line ? ", down to line \(record.lastLine) in its quotes," : ""
            throw InputError(
                file: file, line: record.line,
                problem: "the row\(lines) has \(record.fields.count) fields, the first line names \(header.fields.count)")
        }
        return records.dropFirst()
    }

    func examples(_ records: [Record], _ columns: DataColumns) throws(InputError) -> [LabeledText] {
        guard let header = records.first else { return [] }
        let text = try column(columns.text, header, columns)
        let label = try column(columns.label, header, columns)
        var examples: [LabeledText] = []
        for record in try rows(below: header, records) {
            guard record.fields[label].contains(where: { !$0.isWhitespace }) else {
                throw InputError(file: file, line: record.line, problem: "'\(columns.label)' is empty")
            }
            examples.append(LabeledText(text: record.fields[text], label: record.fields[label], line: record.line))
        }
        return examples
    }

    private func column(_ name: String, _ header: Record, _ columns: DataColumns) throws(InputError) -> Int {
        if let index = header.fields.firstIndex(of: name) { return index }
        throw InputError(file: file, line: header.line, problem: columns.problem(lacking: name, found: header.fields))
    }

    /// Refuses a file whose columns another sign separates.
    ///
    /// - Parameter columns: lists of those that are looked for together.
    func requireSeparator(in bytes: [UInt8], columns: [[String]]) throws(InputError) {
        guard let (index, line) = lines(of: bytes).enumerated().first(where: { $0.element.contains { $0 > 0x20 } }) else {
            return
        }
        func names(_ sign: Unicode.Scalar) -> [String] {
            line.split(separator: UInt8(ascii: sign)).map {
                String(decoding: $0.filter { $0 > 0x20 && $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            }
        }
        func hasAll(_ names: [String]) -> Bool {
            columns.contains { $0.allSatisfy { names.contains($0.filter { $0 > " " }) } }
        }
        guard !hasAll(names(separator)) else { return }
        for other in [",", ";", "\t", "|"] as [Unicode.Scalar] where other != separator && hasAll(names(other)) {
            let (sign, own) = (DataColumns.name(of: other), DataColumns.name(of: separator))
            let advice = areOptions ? "write it so, or as .jsonl" : "set separator: \(other == "\t" ? sign : "'\(sign)'")"
            throw InputError(
                file: file, line: index + 1,
                problem: "its columns are separated by '\(sign)', expected '\(own)'; \(advice)")
        }
    }

    /// One record a line, quotes being part of the text.
    func plainRecords(in bytes: [UInt8]) -> [Record] {
        lines(of: bytes).enumerated().compactMap { index, line in
            let fields = plainFields(of: line)
            return fields == [""] ? nil : Record(fields: fields, line: index + 1, lastLine: index + 1)
        }
    }

    func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }

    func plainFields(of line: ArraySlice<UInt8>) -> [String] {
        let whole = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        return whole.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// Every record that is no blank line; one may go over several lines inside quotes (RFC 4180).
    func quotedRecords(in bytes: [UInt8]) throws(QuoteProblem) -> [Record] {
        var records: [Record] = []
        var (position, line) = (0, 1)
        while position < bytes.count {
            var record = Record(fields: [], line: line, lastLine: line)
            var ended = false
            while !ended { record.fields.append(try field(in: bytes, &position, &line, &ended)) }
            record.lastLine = line - 1
            if record.fields != [""] { records.append(record) }
        }
        return records
    }

    /// One field and what ends it: the separator, a line's end or the file's.
    private func field(
        in bytes: [UInt8], _ position: inout Int, _ line: inout Int, _ recordEnds: inout Bool
    ) throws(QuoteProblem) -> String {
        let newline = UInt8(ascii: "\n")
        let carriageReturn = UInt8(ascii: "\r")
        let separator = UInt8(ascii: separator)
        var value: [UInt8] = []
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            let start = line
            value = try quotedValue(in: bytes, &position, &line)
            if position < bytes.count, ![separator, newline, carriageReturn].contains(bytes[position]) {
                throw QuoteProblem(
                    line: start,
                    problem: "a quote opens here, and text follows where it closes\(line > start ? " in line \(line)" : "")")
            }
        }
        while position < bytes.count, bytes[position] != separator, bytes[position] != newline {
            value.append(bytes[position])
            position += 1
        }
        recordEnds = position >= bytes.count || bytes[position] == newline
        if recordEnds {
            if value.last == carriageReturn, position > 0, bytes[position - 1] == carriageReturn { value.removeLast() }
            line += 1
        }
        position += 1
        // A record that ends in a separator at the file's end has one more, empty field.
        return String(decoding: value, as: UTF8.self)
    }

    /// What stands between an opening quote and the one that closes it, behind which the position is then.
    private func quotedValue(
        in bytes: [UInt8], _ position: inout Int, _ line: inout Int
    ) throws(QuoteProblem) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        let start = line
        var value: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == quote {
                guard position < bytes.count, bytes[position] == quote else { return value }
                position += 1
            } else if byte == UInt8(ascii: "\n") {
                line += 1
            }
            value.append(byte)
        }
        throw QuoteProblem(line: start, problem: "a quote opens here and is never closed")
    }
}
