import GRDB
package import Studies

extension StudyRecord {
    /// How the space file of a study begins whose trials were made elsewhere.
    package static let importMark = "# Imported by `autolora import`: trials without a trainer.\n"

    /// Whether there is nothing to go on with.
    package var isImported: Bool { spaceFile.hasPrefix(Self.importMark) }
}

extension StudyStore {
    /// Records trials that were made elsewhere, all of them final: the study is finished then.
    package func fill(with trials: [Trial], at time: Double) throws {
        try pool.write { db in
            try db.execute(
                sql: "INSERT INTO run (started_at, seen_at, end) VALUES (?, ?, 'imported')", arguments: [time, time])
            try EventRecord(.began(runCap: max(1, trials.count)), at: time).insert(db)
            for trial in trials {
                var record = TrialRecord(
                    number: trial.id.number, state: trial.state, assignment: trial.assignment, launches: 1, seconds: 0)
                (record.startedAt, record.endedAt) = (time, time)
                try record.insert(db)
                try EventRecord(.added(trial.id, milestone: nil), at: time).insert(db)
                for report in trial.reports {
                    try ReportRecord(report, of: trial.id, at: time).insert(db)
                    try EventRecord(.reported(trial.id, iter: report.iter), at: time).insert(db)
                }
                try EventRecord(.settled(trial.id, trial.state), at: time).insert(db)
            }
            try db.execute(sql: "UPDATE study SET finished_at = ?", arguments: [time])
        }
    }
}
