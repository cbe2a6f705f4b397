/// Comma- or tab-separated values with quotes as in RFC 4180; the first line names the columns.
struct DelimitedText {
    let delimiter: Unicode.Scalar
    let file: String

    func examples(in bytes: [UInt8]) throws(InputError) -> [LabeledText] {
        let records = try records(in: bytes)
        guard let header = records.first else { return [] }
        func column(_ name: String) throws(InputError) -> Int {
            guard let index = header.fields.firstIndex(of: name) else {
                let others = !LabeledText.otherTasks.isDisjoint(with: header.fields)
                let found = header.fields.joined(separator: ", ")
                throw InputError(
                    file: file, line: header.line,
                    problem: others ? LabeledText.otherTaskProblem : "lacks the column '\(name)'; found \(found)")
            }
            return index
        }
        let text = try column("text")
        let label = try column("label")
        var examples: [LabeledText] = []
        for record in records.dropFirst() {
            guard record.fields.count == header.fields.count else {
                throw InputError(
                    file: file, line: record.line,
                    problem: "has \(record.fields.count) fields, the first line names \(header.fields.count)")
            }
            guard !record.fields[label].isEmpty else {
                throw InputError(file: file, line: record.line, problem: "lacks 'label'")
            }
            examples.append(LabeledText(text: record.fields[text], label: record.fields[label], line: record.line))
        }
        return examples
    }

    struct Record: Hashable {
        var fields: [String]
        let line: Int
    }

    /// Every record that is no blank line; one may go over several lines inside quotes.
    func records(in bytes: [UInt8]) throws(InputError) -> [Record] {
        var records: [Record] = []
        var (position, line) = (0, 1)
        while position < bytes.count {
            var record = Record(fields: [], line: line)
            var ended = false
            while !ended { record.fields.append(try field(in: bytes, &position, &line, &ended)) }
            if record.fields != [""] { records.append(record) }
        }
        return records
    }

    /// One field and what ends it: the delimiter, a line's end or the file's.
    private func field(
        in bytes: [UInt8], _ position: inout Int, _ line: inout Int, _ recordEnds: inout Bool
    ) throws(InputError) -> String {
        let quote = UInt8(ascii: "\""), newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")
        let delimiter = UInt8(ascii: delimiter)
        var value: [UInt8] = []
        if position < bytes.count, bytes[position] == quote {
            let start = line
            position += 1
            while true {
                guard position < bytes.count else {
                    throw InputError(file: file, line: start, problem: "a quote that opens here is never closed")
                }
                let byte = bytes[position]
                position += 1
                if byte == quote {
                    guard position < bytes.count, bytes[position] == quote else { break }
                    position += 1
                } else if byte == newline {
                    line += 1
                }
                value.append(byte)
            }
            if position < bytes.count, ![delimiter, newline, carriageReturn].contains(bytes[position]) {
                throw InputError(
                    file: file, line: line, problem: "text follows a closing quote; a quote inside quotes is written twice")
            }
        }
        while position < bytes.count, bytes[position] != delimiter, bytes[position] != newline {
            value.append(bytes[position])
            position += 1
        }
        recordEnds = position >= bytes.count || bytes[position] == newline
        if recordEnds {
            if value.last == carriageReturn, position > 0, bytes[position - 1] == carriageReturn { value.removeLast() }
            line += 1
        }
        position += 1
        // A record that ends in a delimiter at the file's end has one more, empty field.
        return String(decoding: value, as: UTF8.self)
    }
}
