import FoundationEssentials
import TrainerSettings

/// What a row of a data file is read as.
protocol DataRow: Sendable, Hashable {
    /// An object on each line.
    ///
    /// - Throws: ``InputError`` naming the line.
    static func rows(jsonLines bytes: [UInt8], file: String, _ columns: DataColumns) throws(InputError) -> [Self]
    /// The records of a table, whose first names the columns.
    ///
    /// - Throws: ``InputError`` naming the line.
    static func rows(
        of records: [DelimitedText.Record], in table: DelimitedText, _ columns: DataColumns
    ) throws(InputError) -> [Self]

    /// The columns that are looked for: all of one list.
    static func columnNames(_ columns: DataColumns) -> [[String]]
    /// The column whose values come again and again, by which a quote that swallows rows is found; nil: there is none.
    static func commonColumn(in header: [String], _ columns: DataColumns) -> String?
    /// "text and label"
    static func form(_ columns: DataColumns) -> String

    /// What decides into which part it falls (``LabeledText/hash(of:)``).
    var textHash: UInt64 { get }
}

extension DataRow {
    /// The row's place among all, at least 0 and below 1.
    var place: Double { Double(textHash >> 11) * 0x1p-53 }
}

/// The rows of one part of the data, in their file's order.
struct DataFile<Row: DataRow>: Sendable, Hashable {
    let examples: [Row]
    /// What the user has to know of how the file was read.
    private(set) var notes: [String] = []

    /// Refuses rows (``TrainingTask/check(_:_:file:)``).
    typealias Check = (_ rows: [Row], _ columns: DataColumns, _ file: String) throws(InputError) -> Void

    /// Reads a .jsonl, .csv or .tsv file, or a share of it.
    ///
    /// - Throws: ``InputError`` naming the file and the line.
    init(_ source: DataSource, _ columns: DataColumns = DataColumns(), check: Check) throws(InputError) {
        let path = source.path
        let bytes: [UInt8]
        do { bytes = try TextFile.readLines(path) } catch { throw InputError(error) }
        let all: [Row]
        switch DataSource.ending(path) {
        case "jsonl": all = try Row.rows(jsonLines: bytes, file: path, columns)
        case "csv": all = try Self.table(bytes, path, columns, separator: ",", &notes)
        case "tsv": all = try Self.table(bytes, path, columns, separator: "\t", &notes)
        case "json":
            throw InputError(
                place: path,
                problem: "ends in .json; a file with a JSON object on each line is to be called .jsonl, and "
                    + JSONLines.conversion(of: path))
        default: throw InputError(place: path, problem: "is of no known kind; expected .jsonl, .csv or .tsv")
        }
        guard !all.isEmpty else {
            throw InputError(place: path, problem: "is empty; expected \(Row.form(columns)) on each line")
        }
        try check(all, columns, path)
        guard let share = source.share else {
            examples = all
            return
        }
        examples = all.filter { share.contains($0.place) }
        guard !examples.isEmpty else {
            let (from, to) = (SettingValue.short(share.lowerBound), SettingValue.short(share.upperBound))
            throw InputError(
                place: path,
                problem:
                    "none of its \(all.count) rows falls into the share from \(from) to \(to) (split); take larger shares, or "
                    + "give each part a file of its own")
        }
    }

    private static func table(
        _ bytes: [UInt8], _ path: String, _ columns: DataColumns, separator: Unicode.Scalar, _ notes: inout [String]
    ) throws(InputError) -> [Row] {
        let table = DelimitedText(
            separator: columns.separator ?? separator, file: path, quoting: columns.quoting, areOptions: columns.areOptions)
        try table.requireSeparator(in: bytes, columns: Row.columnNames(columns))
        let (records, note) = try table.records(in: bytes) { Row.commonColumn(in: $0, columns) }
        if let note { notes.append(note) }
        return try Row.rows(of: records, in: table, columns)
    }
}

extension DataSource {
    /// What a file's name ends with, in small letters.
    static func ending(_ path: String) -> String { path.split(separator: ".").last?.lowercased() ?? "" }
}

extension DataColumns {
    /// Columns of data for other tasks.
    static let otherTasks: Set = ["prompt", "completion", "messages"]

    /// What to say of a file that lacks a column.
    func problem(lacking name: String, found: [String]) -> String {
        if !Self.otherTasks.isDisjoint(with: found) {
            let others = areOptions ? "adapters that write" : "task: causal-lm"
            return "prompt, completion and messages are for \(others); expected text and label"
        }
        let setting =
            areOptions ? (name == text ? "--text-column" : "--label-column") : name == text ? "text_column" : "label_column"
        let names = found.prefix(12).map(Self.quoted).joined(separator: ", ") + (found.count > 12 ? ", ..." : "")
        let near = found.first { Self.plain($0) == Self.plain(name) } ?? nearestName(to: name, among: found)
        return "lacks '\(name)'; found \(names.isEmpty ? "nothing" : names); set \(setting) to the name that is meant"
            + (near.map { ", such as \(setting)\(areOptions ? "" : ":") \(Self.quoted($0))" } ?? "")
    }

    private static func plain(_ name: String) -> String {
        name.lowercased().filter { !$0.isWhitespace }
    }

    /// In quotes where it would be misread without them.
    private static func quoted(_ name: String) -> String {
        let isPlain = !name.isEmpty && !name.contains { $0.isWhitespace || ",;'\"".contains($0) }
        return isPlain ? name : "'\(name)'"
    }
}
