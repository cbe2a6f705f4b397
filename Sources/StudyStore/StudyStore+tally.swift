import GRDB
import SearchSpaces
package import Studies

/// A study in figures, as far as they can be had without reading every report.
package struct Tally: Sendable {
    package let study: StudyRecord
    package let counts: [Trial.State: Int]
    package let reports: Int
    /// Whether the best value makes the best trial: nothing but it counts.
    package let isSimple: Bool
    /// The trial with the best report, the first of equals, with that report alone; nil where that is not simple.
    package let best: (trial: Trial, report: Report)?

    package var trials: Int { counts.values.reduce(0, +) }
}

extension StudyStore {
    /// Worked out by SQLite at one moment of the study.
    package func tally() throws -> Tally {
        try pool.read { db in
            guard let study = try StudyRecord.fetchOne(db) else {
                throw StudyStoreError.damaged(path: folder.database, reason: "it has no study")
            }
            let states = try Row.fetchAll(db, sql: "SELECT state, count(*) FROM trial GROUP BY state")
            let counts = Dictionary(
                uniqueKeysWithValues: states.map { (Trial.State(rawValue: $0[0]) ?? .waiting, $0[1] as Int) })
            let reports = try Int.fetchOne(db, sql: "SELECT count(*) FROM report") ?? 0
            let empty = study.history([])
            let isSimple = empty.constraints.isEmpty && !empty.hasSeveralMetrics
            return Tally(
                study: study, counts: counts, reports: reports, isSimple: isSimple,
                best: !isSimple ? nil : try Self.best(db, order: study.goal == .maximize ? "DESC" : "ASC"))
        }
    }

    /// When the last thing happened, and in which run: it changes with the study.
    package func lastSign() throws -> [Double] {
        try pool.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT id, TOTAL(seen_at), TOTAL(started_at) FROM run GROUP BY id ORDER BY id DESC LIMIT 1")
            return row.map { [$0[0], $0[1], $0[2]] } ?? []
        }
    }

    private static func best(_ db: Database, order: String) throws -> (trial: Trial, report: Report)? {
        let sql = """
            SELECT * FROM report WHERE value IS NOT NULL AND trial NOT IN (SELECT number FROM trial WHERE state = 'failed')
            ORDER BY value \(order), trial, iter LIMIT 1
            """
        guard let report = try ReportRecord.fetchOne(db, sql: sql), let trial = try TrialRecord.fetchOne(db, key: report.trial)
        else { return nil }
        return (trial.trial(reports: [report.report]), report.report)
    }
}
