import FoundationEssentials
import TrainerSettings

/// A data file's rows as they lie, whatever they are good for.
struct RawRows: Sendable {
    struct Row: Sendable {
        /// Where it begins, from 1.
        let line: Int
        let fields: [String: SettingValue]
        /// As it is written; empty for a table's row.
        let json: [UInt8]
    }

    /// A line that is no row, and why.
    struct Broken: Sendable, Hashable {
        let line: Int
        let problem: String
    }

    let path: String
    /// A table's in its order, those of objects in the order of their names.
    private(set) var columns: [String] = []
    private(set) var rows: [Row] = []
    private(set) var broken: [Broken] = []
    /// Rows of the file; those beyond ``most`` are not looked at.
    private(set) var count = 0
    private(set) var notes: [String] = []
    /// What stands between values, where that is not what the file's name says.
    private(set) var separator: Unicode.Scalar?

    /// Rows that are looked at.
    static let most = 200_000

    /// - Parameter given: what is known of the columns.
    /// - Throws: ``InputError`` for a file that is of no known kind, or cannot be read at all.
    init(_ path: String, _ given: DataColumns) throws(InputError) {
        self.path = path
        let bytes: [UInt8]
        do { bytes = try TextFile.readLines(path) } catch { throw InputError(error) }
        switch DataSource.ending(path) {
        case "jsonl": try readObjects(bytes)
        case "csv": try readTable(bytes, given, usual: ",")
        case "tsv": try readTable(bytes, given, usual: "\t")
        // What the trainer says of such a file.
        default: _ = try DataFile<LanguageRow>(DataSource(path: path), given) { (_, _, _) in }
        }
        guard count > 0 || !broken.isEmpty else {
            throw InputError(place: path, problem: "is empty; expected a row on each line")
        }
    }

    private mutating func readObjects(_ bytes: [UInt8]) throws(InputError) {
        var names: Set<String> = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            count += 1
            guard rows.count < Self.most else { continue }
            do throws(JSONInputError) {
                let fields = try JSONInput.decode([String: SettingValue].self, from: Data(line), of: path, line: index + 1)
                names.formUnion(fields.keys)
                rows.append(Row(line: index + 1, fields: fields, json: Array(line)))
            } catch {
                if rows.isEmpty, broken.isEmpty { try Self.requireLines(bytes, path) }
                broken.append(Broken(line: index + 1, problem: error.problem))
            }
        }
        columns = names.sorted()
    }

    /// Refuses a file that is one document with the words that the trainer has for it.
    private static func requireLines(_ bytes: [UInt8], _ path: String) throws(InputError) {
        let form = "{\"text\": ..., \"label\": ...}"
        do throws(InputError) {
            _ = try JSONLines.rows(in: bytes, file: path, form: form, JSONDecoding()) { (row: [String: SettingValue], _, _) in
                row
            }
        } catch  where error.problem.hasPrefix("is one JSON document") { throw error } catch {}
    }

    private mutating func readTable(_ bytes: [UInt8], _ given: DataColumns, usual: Unicode.Scalar) throws(InputError) {
        let separator = given.separator ?? Self.separator(of: bytes, usual: usual)
        if separator != usual { self.separator = separator }
        let table = DelimitedText(separator: separator, file: path, quoting: given.quoting)
        let (records, note) = try table.records(in: bytes) { header in
            header.contains(given.label) ? given.label : ColumnGuess.knownLabel(among: header)
        }
        if let note { notes.append(note) }
        guard let header = records.first else { return }
        columns = header.fields
        count = records.count - 1
        for record in records.dropFirst().prefix(Self.most) {
            guard record.fields.count == header.fields.count else {
                broken.append(
                    Broken(
                        line: record.line,
                        problem: "the row has \(record.fields.count) fields, the first line names \(header.fields.count)"))
                continue
            }
            let fields = Dictionary(zip(header.fields, record.fields.map(SettingValue.string))) { first, _ in first }
            rows.append(Row(line: record.line, fields: fields, json: []))
        }
    }

    /// The sign that the first line has most of; the usual one where it has that at all.
    private static func separator(of bytes: [UInt8], usual: Unicode.Scalar) -> Unicode.Scalar {
        let first = bytes.split(separator: UInt8(ascii: "\n")).first { $0.contains { $0 > 0x20 } } ?? []
        func count(_ sign: Unicode.Scalar) -> Int { first.count { $0 == UInt8(ascii: sign) } }
        guard count(usual) == 0 else { return usual }
        return ([",", ";", "\t", "|"] as [Unicode.Scalar]).max { count($0) < count($1) }.flatMap { count($0) > 0 ? $0 : nil }
            ?? usual
    }
}
