import GRDB
import SearchSpaces
package import Studies

/// A study in figures, as far as they can be had without reading every report.
package struct Tally: Sendable {
    package let study: StudyRecord
    /// The search's trials.
    package let counts: [Trial.State: Int]
    /// Those that confirm a configuration.
    package let confirmations: [Trial.State: Int]
    /// Of all of them.
    package let reports: Int
    /// Trials that ran out of memory.
    package let ranOutOfMemory: Int
    /// Whether the best value makes the best trial: nothing but it counts.
    package let isSimple: Bool
    /// The trial with the best report, the first of equals, with that report alone; nil where that is not simple.
    package let best: (trial: Trial, report: Report)?

    package var trials: Int { counts.values.reduce(0, +) }
}

extension StudyStore {
    /// Worked out by SQLite at one moment of the study.
    package func tally() throws -> Tally {
        try read { db in
            let study = try studyRow(db)
            let isConfirming = try Self.hasPurposes(db) ? "purpose IS NOT NULL" : "FALSE"
            let counts = try counts(db, where: "NOT (\(isConfirming))")
            let confirmations = try self.counts(db, where: isConfirming)
            let reports = try Int.fetchOne(db, sql: "SELECT count(*) FROM report") ?? 0
            let empty = study.history([])
            let isSimple = empty.constraints.isEmpty && !empty.hasSeveralMetrics
            return Tally(
                study: study, counts: counts, confirmations: confirmations, reports: reports,
                ranOutOfMemory: try Self.ranOutOfMemory(db), isSimple: isSimple,
                best: !isSimple ? nil : try Self.best(db, order: study.goal == .maximize ? "DESC" : "ASC", not: isConfirming))
        }
    }

    /// A state that there is not is refused: whatever it stands for would be missing from the sum, or in a wrong place.
    private func counts(_ db: Database, where condition: String) throws -> [Trial.State: Int] {
        let rows = try Row.fetchAll(db, sql: "SELECT state, count(*) FROM trial WHERE \(condition) GROUP BY state")
        return try rows.reduce(into: [:]) { counts, row in
            let word = row[0] as DatabaseValue
            guard let state = String.fromDatabaseValue(word).flatMap(Trial.State.init) else {
                throw damaged("a trial is in the state \(word), which there is not")
            }
            counts[state, default: 0] += row[1] as Int
        }
    }

    /// Whether trials say what they are for: those in a store of an earlier version, read as it lies, are all of a search.
    static func hasPurposes(_ db: Database) throws -> Bool {
        try db.columns(in: TrialRecord.databaseTableName).contains { $0.name == "purpose" }
    }

    /// A store of an earlier version, read as it lies, tells of none.
    private static func ranOutOfMemory(_ db: Database) throws -> Int {
        guard try db.columns(in: TrialRecord.databaseTableName).contains(where: { $0.name == "infeasible" }) else { return 0 }
        return try Int.fetchOne(db, sql: "SELECT count(*) FROM trial WHERE infeasible IS NOT NULL") ?? 0
    }

    /// When the last thing happened, and in which run: it changes with the study.
    package func lastSign() throws -> [Double] {
        try read { db in
            let sql = "SELECT TOTAL(id), TOTAL(seen_at), TOTAL(started_at) FROM run GROUP BY id ORDER BY id DESC LIMIT 1"
            return try Row.fetchOne(db, sql: sql).map { [$0[0], $0[1], $0[2]] } ?? []
        }
    }

    /// The latest time on record that a clock can have shown; 0: there is none.
    package func latestTime() throws -> Double {
        let latest = try read { try Double.fetchOne($0, sql: "SELECT max(max(started_at, seen_at)) FROM run") } ?? 0
        return Self.times.contains(latest) ? latest : 0
    }

    private static func best(
        _ db: Database, order: String, not left: String
    ) throws -> (trial: Trial, report: Report)? {
        let sql = """
            SELECT * FROM report WHERE value > -9e999 AND value < 9e999 AND trial NOT IN
              (SELECT number FROM trial WHERE state = 'failed' OR \(left))
            ORDER BY value \(order), trial, iter LIMIT 1
            """
        guard let row = try Row.fetchOne(db, sql: sql) else { return nil }
        let report = try ReportRecord(row: row)
        guard let trial = try TrialRecord.filter(Column("number") == report.trial).fetchOne(db) else { return nil }
        return (trial.trial(reports: [report.report]), report.report)
    }

    /// The study with each trial's best report alone: enough to know the best trial, the front, and what keeps the constraints.
    package func bests() throws -> History {
        try read { db in
            let study = try studyRow(db)
            let top = study.goal == .maximize ? "max(value)" : "min(value)"
            // Of rows with one value the first counts: SQLite takes the other columns from the row that has the least iter.
            let sql = """
                SELECT report.*, min(report.iter) AS first FROM report
                JOIN (SELECT trial, \(top) AS value FROM report WHERE value > -9e999 AND value < 9e999 GROUP BY trial) AS best
                  ON best.trial = report.trial AND best.value = report.value
                GROUP BY report.trial
                """
            let rows = try ReportRecord.fetchAll(db, sql: sql)
            let reports = Dictionary(rows.map { ($0.trial, $0.report) }) { first, _ in first }
            let records = try TrialRecord.order(Column("number")).fetchAll(db)
            try requireWhole(records)
            return study.history(records.map { $0.trial(reports: reports[$0.number].map { [$0] } ?? []) })
        }
    }
}
