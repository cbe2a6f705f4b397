import TrainerSettings

/// A file of rows with commas, semicolons or tabs between (RFC 4180), its first row the columns' names.
struct CSVTable {
    let columns: [String]
    let rows: [(line: Int, cells: [String])]

    /// - Throws: where a file is no such text, or a row has other cells than there are columns.
    init(path: String) throws(ImportError) {
        let bytes: [UInt8]
        do throws(TextFileError) {
            bytes = Array(try TextFile.text(path).utf8)
        } catch {
            throw ImportError(path, line: error.line, error.problem)
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        let first = text.prefix { $0 != 0x0A && $0 != 0x0D }
        let separators = [UInt8(ascii: "\t"), UInt8(ascii: ";"), UInt8(ascii: ",")]
        let separator = separators.first(where: first.contains) ?? UInt8(ascii: ",")
        var all = try Self.records(text, separator, path)
        guard !all.isEmpty else { throw ImportError(path, "is empty; a first row with the columns' names is wanted") }
        let header = all.removeFirst()
        columns = header.cells.map { Self.trimmed($0) }
        for row in all where row.cells.count != columns.count {
            throw ImportError(
                path, line: row.line, "has \(row.cells.count) values, and the first row names \(columns.count) columns")
        }
        rows = all
    }

    private static func records(
        _ text: [UInt8], _ separator: UInt8, _ path: String
    ) throws(ImportError) -> [(line: Int, cells: [String])] {
        var records: [(line: Int, cells: [String])] = []
        var (cells, cell): ([String], [UInt8]) = ([], [])
        var (line, start, at, isQuoted, opened) = (1, 1, 0, false, 0)
        func isEmpty() -> Bool { cells.isEmpty && cell.allSatisfy { $0 == 0x20 } }
        func endCell() {
            cells.append(String(decoding: cell, as: UTF8.self))
            cell = []
        }
        func endRow() {
            if !isEmpty() {
                endCell()
                records.append((start, cells))
            }
            (cells, cell) = ([], [])
        }
        while at < text.count {
            let byte = text[at]
            at += 1
            if byte == 0x0A { line += 1 }
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    cell.append(byte)
                } else if at < text.count, text[at] == byte {
                    cell.append(byte)
                    at += 1
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\""), cell.isEmpty {
                (isQuoted, opened) = (true, line)
            } else if byte == separator {
                endCell()
            } else if byte == 0x0A || byte == 0x0D {
                endRow()
                start = line
            } else {
                cell.append(byte)
            }
        }
        guard !isQuoted else { throw ImportError(path, line: opened, "a quote opens here and is never closed") }
        endRow()
        return records
    }

    static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
