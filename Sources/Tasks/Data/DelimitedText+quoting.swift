import TrainerSettings

extension DelimitedText {
    /// Every record that is no blank line, the first row's among them, and what the user has to know of how it was read.
    ///
    /// - Parameter commonColumn: tells of the columns the one whose values come again and again; nil: none.
    /// - Throws: ``InputError`` naming the line where a quote opens that may swallow rows.
    func records(
        in bytes: [UInt8], commonColumn: ([String]) -> String?
    ) throws(InputError) -> (records: [Record], note: String?) {
        if quoting == .off { return (plainRecords(in: bytes), nil) }
        let doubt: QuoteProblem
        do {
            let records = try quotedRecords(in: bytes)
            guard quoting == .auto, let found = swallowed(records, bytes, commonColumn) else { return (records, nil) }
            doubt = found
        } catch {
            doubt = error
        }
        guard quoting == .auto else {
            throw InputError(
                file: file, line: doubt.line,
                problem: doubt.problem
                    + "; a quote inside quotes is written twice; where quotes are part of the text, set quoting: off")
        }
        if separator == "\t", let records = plainTable(bytes) {
            let note =
                "\(file):\(doubt.line): read without quoting, each line being a row: \(doubt.problem); where quotes enclose values, "
                + (areOptions ? "write the file as .jsonl" : "set quoting: on")
            return (records, note)
        }
        let advice =
            areOptions
            ? "write the file as .jsonl, where no quote is in doubt"
            : "where quotes are part of the text, set quoting: off, where they enclose it, quoting: on"
        throw InputError(file: file, line: doubt.line, problem: doubt.problem + "; " + advice)
    }

    /// The rows of a file that has as many values on each line as columns, and no quotes in their names.
    private func plainTable(_ bytes: [UInt8]) -> [Record]? {
        let records = plainRecords(in: bytes)
        guard let header = records.first, !header.fields.contains(where: { $0.contains("\"") }),
            records.allSatisfy({ $0.fields.count == header.fields.count })
        else { return nil }
        return records
    }

    /// The first quotes that seem to enclose what are rows by themselves: each line has as many values as there are columns and,
    /// where commas part them, which texts have too, a label that other rows have or that comes twice there.
    private func swallowed(
        _ records: [Record], _ bytes: [UInt8], _ commonColumn: ([String]) -> String?
    ) -> QuoteProblem? {
        guard let header = records.first, records.dropFirst().contains(where: { $0.lastLine > $0.line }) else { return nil }
        let width = header.fields.count
        // Of one column, every line inside quotes could be a row.
        guard width > 1, let labelColumn = commonColumn(header.fields) else { return nil }
        let label = header.fields.firstIndex(of: labelColumn)
        let known = label.map { label in
            Set(records.dropFirst().compactMap { $0.fields.count == width ? $0.fields[label] : nil })
        }
        let lines = lines(of: bytes)
        for record in records.dropFirst() where record.lastLine > record.line {
            let rows = lines[(record.line - 1)...(record.lastLine - 1)].map(plainFields)
            guard rows.allSatisfy({ $0.count == width }) else {
                guard separator == "\t", record.fields.count != width else { continue }
                return problem(record, "has \(record.fields.count) values, the first line names \(width)")
            }
            let found = label.map { label in rows.map { $0[label] } } ?? []
            let areLabels = found.allSatisfy { word in
                known?.contains(word) == true || !word.hasPrefix(" ") && found.count { $0 == word } > 1
            }
            if separator == "\t" || areLabels { return problem(record, "each of them is a row by itself") }
        }
        return nil
    }

    private func problem(_ record: Record, _ reason: String) -> QuoteProblem {
        QuoteProblem(
            line: record.line,
            problem:
                "a quote opens here and closes in line \(record.lastLine): as one row they would be lines \(record.line) to "
                + "\(record.lastLine), and \(reason)")
    }
}
