import GRDB

/// Holds a store against what the migrations make: its tables, their columns, and the kinds of what is in them.
struct SchemaCheck {
    /// Tables and columns that are not there.
    private(set) var missing: [String] = []
    private var tables: [(name: String, columns: [ColumnInfo])] = []

    /// - Throws: what SQLite throws.
    init(_ db: Database) throws {
        let versions = Migrations.all.migrations
        let applied = try Migrations.all.appliedMigrations(db)
        guard let last = applied.last, applied == Array(versions.prefix(applied.count)) else {
            missing = ["the list of its schema's versions is not whole: [\(applied.joined(separator: ", "))]"]
            return
        }
        let model = try DatabaseQueue()
        try Migrations.all.migrate(model, upTo: last)
        tables = try model.read { model in
            let names = try String.fetchAll(model, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            return try names.filter { !$0.hasPrefix("sqlite_") && !$0.hasPrefix("grdb_") }.sorted()
                .map { ($0, try model.columns(in: $0)) }
        }
        for (table, columns) in tables {
            guard try db.tableExists(table) else {
                missing.append("its table '\(table)' is missing")
                continue
            }
            let there = Set(try db.columns(in: table).map(\.name))
            missing += columns.filter { !there.contains($0.name) }.map { "table '\(table)' lacks the column '\($0.name)'" }
        }
    }

    /// A view, a trigger or a virtual table: what runs when a table is read or written. nil: there is none.
    static func program(_ db: Database) throws -> String? {
        let sql = """
            SELECT coalesce(CAST(type AS TEXT), ''), coalesce(CAST(name AS TEXT), '') FROM sqlite_master
            WHERE type IN ('view', 'trigger') OR ltrim(sql) LIKE 'CREATE VIRTUAL%' ORDER BY name LIMIT 1
            """
        guard let row = try Row.fetchOne(db, sql: sql) else { return nil }
        let (type, name) = (row[0] as String, row[1] as String)
        return "the \(type == "table" ? "virtual table" : type) '\(name)'"
    }

    /// Cells that hold what is not of their column's kind: SQLite takes a text for a number, and reads it as 0.
    func strangers(_ db: Database) throws -> [String] {
        try tables.flatMap { table, columns in
            let keys = columns.filter { $0.primaryKeyIndex > 0 }.map(\.name)
            return try columns.flatMap { column -> [String] in
                let kinds = Self.kinds(of: column).map { "'\($0)'" }.joined(separator: ", ")
                let sql = """
                    SELECT "\(column.name)", \(keys.isEmpty ? "rowid" : keys.joined(separator: ", ")) FROM "\(table)"
                    WHERE typeof("\(column.name)") NOT IN (\(kinds)) LIMIT 20
                    """
                return try Row.fetchAll(db, sql: sql).map { row in
                    let values = Array(row.databaseValues)
                    let place = zip(keys, values.dropFirst()).map { "\($0) \($1)" }.joined(separator: ", ")
                    return "table '\(table)', row \(place): \(column.name) is \("\(values[0])".prefix(40)), "
                        + (column.type == "TEXT" ? "no text" : "no number")
                }
            }
        }
    }

    private static func kinds(of column: ColumnInfo) -> [String] {
        let kinds =
            switch column.type {
            case "INTEGER": ["integer"]
            case "DOUBLE": ["real", "integer"]
            default: ["text"]
            }
        return column.isNotNull || column.primaryKeyIndex > 0 ? kinds : kinds + ["null"]
    }
}
