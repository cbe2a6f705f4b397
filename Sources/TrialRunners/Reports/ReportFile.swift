import SystemPackage

/// Reads a file that a trial writes as the evaluations it tells of, in their order.
struct ReportFile {
    let reader: LineReader

    enum Form {
        /// One JSON document: a list of entries, an object whose `log_history` is one, or an object that is an entry itself.
        case document
        /// A header, then rows.
        case table
        /// A line an entry, as on standard output.
        case lines

        init(path: String) {
            switch FilePath(path).extension?.lowercased() {
            case "json": self = .document
            case "csv", "tsv": self = .table
            default: self = .lines
            }
        }
    }

    /// nil: it is half written, or nothing of its form.
    ///
    /// - Parameter isWhole: nothing will be added: the last line is an entry without a line break too.
    func readings(_ bytes: [UInt8], as form: Form, isWhole: Bool) -> [LineReader.Reading]? {
        switch form {
        case .document: return document(bytes)
        case .table: return table(Self.completeLines(bytes, isWhole: isWhole))
        case .lines: return Self.completeLines(bytes, isWhole: isWhole).map { reader.read(Array($0)) }
        }
    }

    private static func completeLines(_ bytes: [UInt8], isWhole: Bool) -> [ArraySlice<UInt8>] {
        var rest = bytes[...]
        if !isWhole { rest = rest[...(rest.lastIndex { $0 == 0x0A || $0 == 0x0D } ?? -1)] }
        return rest.split { $0 == 0x0A || $0 == 0x0D }
    }

    // MARK: - JSON documents

    private func document(_ bytes: [UInt8]) -> [LineReader.Reading]? {
        let bytes = TerminalText.plain(bytes)
        if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") { return list(bytes, in: 0..<bytes.count) }
        var scanner = DictionaryScanner(bytes)
        guard let found = scanner.objects(), let first = found.first else { return nil }
        for (name, value) in first where name == "log_history" {
            if case .other(let range) = value { return list(bytes, in: range) }
        }
        // Several objects, one after another, are entries each.
        return found.map { reader.read($0) }
    }

    private func list(_ bytes: [UInt8], in range: Range<Int>) -> [LineReader.Reading]? {
        var scanner = DictionaryScanner(bytes, in: range)
        return scanner.elements()?.compactMap { element in
            var scanner = DictionaryScanner(bytes, in: element)
            return scanner.dictionaries().first.map { reader.read($0) }
        }
    }

    // MARK: - Tables

    private func table(_ lines: [ArraySlice<UInt8>]) -> [LineReader.Reading]? {
        guard let first = lines.first else { return [] }
        let separator = DelimitedRow.separator(of: first)
        var header = DelimitedRow.cells(of: first, separator: separator)
        var readings: [LineReader.Reading] = []
        for line in lines.dropFirst() {
            let cells = DelimitedRow.cells(of: line, separator: separator)
            // A program that began again appends its header once more.
            if cells == header { continue }
            let fields = zip(header, cells).filter { !$1.isEmpty }.map { name, cell in
                (
                    name: name,
                    value: PrintedNumber.value(of: Array(cell.utf8)[...]).map(DictionaryScanner.Value.number) ?? .text(cell)
                )
            }
            if fields.count > 1, fields.allSatisfy({ if case .text = $0.value { true } else { false } }),
                cells.contains(where: header.contains)
            {
                header = cells
                continue
            }
            readings.append(reader.read(fields))
        }
        return readings
    }
}

/// A row of a CSV or TSV file.
enum DelimitedRow {
    static func separator(of header: ArraySlice<UInt8>) -> UInt8 {
        [UInt8(ascii: "\t"), UInt8(ascii: ";")].first(where: header.contains) ?? UInt8(ascii: ",")
    }

    /// The cells, without the spaces around them; quoted ones as RFC 4180 has them.
    static func cells(of row: ArraySlice<UInt8>, separator: UInt8) -> [String] {
        var cells: [[UInt8]] = [[]]
        var isQuoted = false
        for byte in TerminalText.plain(Array(row)) {
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == separator, !isQuoted {
                cells.append([])
            } else {
                cells[cells.count - 1].append(byte)
            }
        }
        return cells.map { cell in
            var text = Substring(decoding: cell, as: UTF8.self)
            while text.first == " " { text.removeFirst() }
            while text.last == " " { text.removeLast() }
            return String(text)
        }
    }
}
