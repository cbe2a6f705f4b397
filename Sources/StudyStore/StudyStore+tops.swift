import GRDB
import SearchSpaces
package import Studies

extension StudyStore {
    /// What each trial of the search has reached at best, by number, without reading every report here; failed ones and those without
    /// a number are left out.
    package func tops() throws -> [(trial: Trial.ID, value: Double)] {
        try read { db in
            let top = try studyRow(db).goal == .maximize ? "max(value)" : "min(value)"
            let isConfirming = try Self.hasPurposes(db) ? "purpose IS NOT NULL" : "FALSE"
            let sql = """
                SELECT trial, \(top) FROM report WHERE value > -9e999 AND value < 9e999
                  AND trial NOT IN (SELECT number FROM trial WHERE state = 'failed' OR \(isConfirming))
                GROUP BY trial ORDER BY trial
                """
            return try Row.fetchAll(db, sql: sql).compactMap { row in
                // A damaged store can hold anything; what is no number is nobody's.
                guard let number = Int.fromDatabaseValue(row[0]), let value = Double.fromDatabaseValue(row[1]) else {
                    return nil
                }
                return (Trial.ID(number), value)
            }
        }
    }
}
