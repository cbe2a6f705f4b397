import GRDB
import SearchSpaces
package import Studies

extension StudyStore {
    /// What each trial of the search has reached at best, by number, without reading every report here; failed ones and those without
    /// a number are left out.
    package func tops() throws -> [(trial: Trial.ID, value: Double)] {
        try read { db in
            let top = try studyRow(db).goal == .maximize ? "max(value)" : "min(value)"
            let sql = """
                SELECT trial, \(top) FROM report WHERE value > -9e999 AND value < 9e999
                  AND trial NOT IN (SELECT number FROM trial WHERE state = 'failed')
                GROUP BY trial ORDER BY trial
                """
            return try Row.fetchAll(db, sql: sql).map { (Trial.ID($0[0]), $0[1]) }
        }
    }
}
