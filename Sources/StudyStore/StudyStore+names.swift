import GRDB

extension StudyStore {
    /// The names of all parameters that trials have, and of all figures that trials' latest reports have, in their order: found by SQLite,
    /// as to read every trial takes long where there are thousands.
    package func names() throws -> (parameters: [String], figures: [String]) {
        try read { db in
            // A damaged store can hold anything; what is no object has no names.
            func keys(_ column: String, of rows: String) throws -> [String] {
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT DISTINCT key FROM (SELECT \(column) AS cell FROM \(rows)) AS cells,
                          json_each(iif(json_valid(cell), cell, '{}')) WHERE typeof(key) = 'text' ORDER BY key
                        """)
            }
            let latest = "(SELECT metrics, max(iter) FROM report GROUP BY trial)"
            return (try keys("assignment", of: "trial"), try keys("metrics", of: latest))
        }
    }
}
