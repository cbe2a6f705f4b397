import GRDB
package import Studies

extension StudyStore {
    /// A controller begins to work; trials that were running when the last one died wait again.
    package func beginRun(at time: Double) throws {
        try pool.write { db in
            try db.execute(sql: "UPDATE study SET finished_at = NULL")
            try db.execute(sql: "UPDATE trial SET state = 'waiting' WHERE state = 'running'")
            try db.execute(sql: "INSERT INTO run (started_at, seen_at) VALUES (?, ?)", arguments: [time, time])
        }
    }

    /// A controller stops working; `finished` says that nothing is left to do. The database's file is then the whole study.
    package func endRun(_ end: String, finished: Bool, at time: Double) throws {
        try pool.write { db in
            try db.execute(
                sql: "UPDATE run SET seen_at = ?, end = ? WHERE id = (SELECT max(id) FROM run)", arguments: [time, end])
            if finished { try db.execute(sql: "UPDATE study SET finished_at = ?", arguments: [time]) }
        }
        foldLog()
    }

    package func update(runCap: Int, workers: Int) throws {
        try pool.write { try $0.execute(sql: "UPDATE study SET run_cap = ?, workers = ?", arguments: [runCap, workers]) }
    }

    package func add(_ trial: Trial, at time: Double) throws {
        try happened(at: time) { db in
            try TrialRecord(
                number: trial.id.number, state: trial.state, assignment: trial.assignment, launches: trial.launches,
                milestone: trial.milestone, startedAt: time, seconds: 0
            ).insert(db)
        }
    }

    /// The trial's process is about to be started.
    package func launched(_ trial: Trial, at time: Double) throws {
        try happened(at: time) { db in
            try db.execute(
                sql: """
                    UPDATE trial SET state = ?, launches = ?, milestone = ?, launched_at = ?, error = NULL, log_tail = NULL
                    WHERE number = ?
                    """,
                arguments: [trial.state.rawValue, trial.launches, trial.milestone, time, trial.id.number])
        }
    }

    package func record(_ report: Report, of trial: Trial.ID, at time: Double) throws {
        try happened(at: time) { try ReportRecord(report, of: trial, at: time).insert($0) }
    }

    /// A launch is over: the trial's new state, and for a failed one what went wrong.
    package func settle(_ trial: Trial, error: String?, logTail: String?, at time: Double) throws {
        try happened(at: time) { db in
            try db.execute(
                sql: """
                    UPDATE trial SET state = ?1, error = ?2, log_tail = ?3, ended_at = iif(?4, ?5, NULL), launched_at = NULL,
                      seconds = seconds + coalesce(?5 - launched_at, 0) WHERE number = ?6
                    """,
                arguments: [trial.state.rawValue, error, logTail, trial.state.isFinal, time, trial.id.number])
        }
    }

    /// What the winner reached on data that no trial has seen.
    package func recordTest(of trial: Trial.ID, metrics: [String: Double], at time: Double) throws {
        try happened(at: time) { db in
            guard var study = try StudyRecord.fetchOne(db) else { return }
            (study.testedTrial, study.testMetrics) = (trial.number, metrics)
            try db.execute(
                sql: "UPDATE study SET tested_trial = ?, test_metrics = ?",
                arguments: [trial.number, try study.databaseDictionary["test_metrics"]])
        }
        foldLog()
    }

    /// Brings the log's content into the database's file, which can then be copied, or read where nothing can be written.
    private func foldLog() {
        // A reader may hold it up; what is in the log is no less durable for that.
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    /// Seconds that controllers have worked on the study, the present one up to `time`.
    package func seconds(runningUntil time: Double?) throws -> Double {
        try pool.read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT started_at, seen_at FROM run ORDER BY id")
            return rows.enumerated().reduce(0) { total, row in
                let (started, seen): (Double, Double) = (row.element["started_at"], row.element["seen_at"])
                return total + (row.offset == rows.count - 1 ? max(seen, time ?? seen) : seen) - started
            }
        }
    }

    private func happened(at time: Double, _ change: (Database) throws -> Void) throws {
        try pool.write { db in
            try change(db)
            try db.execute(sql: "UPDATE run SET seen_at = ? WHERE id = (SELECT max(id) FROM run)", arguments: [time])
        }
    }
}
