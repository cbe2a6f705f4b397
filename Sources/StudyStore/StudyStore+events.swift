import GRDB
package import SearchSpaces
package import Studies

extension StudyStore {
    /// A controller begins to work; trials that were running when the last one died wait again.
    ///
    /// - Parameters:
    ///   - workers: trials at the same time, on which it hangs what fits in memory.
    ///   - kept: those whose launches have outlived the last controller, in the order in which they are taken up.
    package func beginRun(at time: Double, workers: Int? = nil, keeping kept: [Trial.ID] = []) throws {
        try write { db in
            try db.execute(sql: "UPDATE study SET finished_at = NULL")
            let others = kept.map { "\($0)" }.joined(separator: ", ")
            try db.execute(sql: "UPDATE trial SET state = 'waiting' WHERE state = 'running' AND number NOT IN (\(others))")
            try JobRecord.closeAll(db, but: others, at: time)
            try db.execute(sql: "INSERT INTO run (started_at, seen_at) VALUES (?, ?)", arguments: [time, time])
            let runCap = try Int.fetchOne(db, sql: "SELECT run_cap FROM study") ?? 0
            for event in [.began(runCap: runCap, workers: workers)] + kept.map(RecordedEvent.takenUp) {
                try EventRecord(event, at: time).insert(db)
            }
        }
    }

    /// A controller stops working; `finished` says that nothing is left to do. The database's file is then the whole study.
    package func endRun(_ end: String, finished: Bool, at time: Double) throws {
        try write { db in
            try db.execute(
                sql: "UPDATE run SET seen_at = ?, end = ? WHERE id = (SELECT max(id) FROM run)", arguments: [time, end])
            if finished { try db.execute(sql: "UPDATE study SET finished_at = ?", arguments: [time]) }
        }
        foldLog()
    }

    /// The study goes on with other limits, or by another space file: all of it or nothing.
    package func update(_ record: StudyRecord) throws {
        let columns = ["run_cap", "workers", "space_file", "space_file_name", "folder", "constraints", "runner"]
        try write { db in
            let values = try record.databaseDictionary
            try db.execute(
                sql: "UPDATE study SET " + columns.map { "\($0) = ?" }.joined(separator: ", "),
                arguments: StatementArguments(columns.map { values[$0] }))
        }
    }

    /// A new trial: it waits, or its process is about to be started.
    package func add(_ trial: Trial, at time: Double) throws {
        // Where the memory's limit is known, a trial begins with less than its batch.
        let halved = trial.halvings > 0 ? [RecordedEvent.halved(trial.id, times: trial.halvings)] : []
        try happened([.added(trial.id, milestone: trial.milestone)] + halved, at: time, durability: .process) { db in
            var record = TrialRecord(
                number: trial.id.number, state: trial.state, assignment: trial.assignment, launches: trial.launches,
                milestone: trial.milestone, startedAt: time, launchedAt: trial.state == .running ? time : nil, seconds: 0,
                halvings: trial.halvings > 0 ? trial.halvings : nil)
            record.enqueuedBy = trial.enqueuedBy
            if case .confirm(let confirmed, let seed) = trial.purpose {
                (record.purpose, record.confirms, record.seed) = (.confirm, confirmed?.number, seed)
            }
            try record.insert(db)
        }
    }

    /// The process of a trial that waited, or was promoted, is about to be started.
    package func launched(_ trial: Trial, at time: Double) throws {
        try happened([.launched(trial.id, milestone: trial.milestone)], at: time, durability: .process) { db in
            try db.cachedStatement(
                sql: """
                    UPDATE trial SET state = ?, launches = ?, milestone = ?, launched_at = ?, error = NULL, log_tail = NULL
                    WHERE number = ?
                    """
            ).execute(arguments: [trial.state.rawValue, trial.launches, trial.milestone, time, trial.id.number])
        }
    }

    package func record(_ report: Report, of trial: Trial.ID, at time: Double) throws {
        try happened([.reported(trial, iter: report.iter)], at: time) {
            try ReportRecord(report, of: trial, at: time).insert($0)
        }
    }

    /// A trial has named the metric that the study is after.
    package func adopt(_ metric: Metric) throws {
        try write { db in
            try db.execute(sql: "UPDATE study SET metric = ?, goal = ?", arguments: [metric.name, metric.goal.rawValue])
        }
    }

    /// A further line told of the evaluation that a report is of.
    package func amend(_ report: Report, of trial: Trial.ID, at time: Double) throws {
        try write { db in
            let values = try ReportRecord(report, of: trial, at: time).databaseDictionary
            try db.cachedStatement(sql: "UPDATE report SET step = ?, metrics = ? WHERE trial = ? AND iter = ?")
                .execute(arguments: [values["step"] ?? .null, values["metrics"] ?? .null, trial.number, report.iter])
        }
    }

    /// A launch is over: the trial's new state, and for a failed one what went wrong.
    ///
    /// - Parameter seconds: that the launch ran for; nil: from its start until now.
    package func settle(
        _ trial: Trial, error: String?, logTail: String?, seconds: Double? = nil, at time: Double
    ) throws {
        let known = trial.halvings > 0 ? try self.trial(trial.id)?.halvings ?? 0 : 0
        let halved = trial.halvings > known ? [RecordedEvent.halved(trial.id, times: trial.halvings)] : []
        let memory = halved + (trial.outOfMemory == nil ? [] : [.ranOutOfMemory(trial.id)])
        try happened(memory + [.settled(trial.id, trial.state)], at: time) { db in
            try db.cachedStatement(
                sql: """
                    UPDATE trial SET state = ?1, error = ?2, log_tail = ?3, ended_at = iif(?4, ?5, NULL), launched_at = NULL,
                      seconds = seconds + max(0, coalesce(?10, ?5 - launched_at, 0)), infeasible = ?7, halvings = nullif(?8, 0),
                      pruned_by = ?9
                    WHERE number = ?6
                    """
            ).execute(arguments: [
                trial.state.rawValue, error, logTail, trial.state.isFinal, time, trial.id.number, trial.outOfMemory,
                trial.halvings, trial.prunedBy, seconds,
            ])
            try JobRecord.close(trial.id, db, at: time)
        }
    }

    /// There is no new configuration left.
    package func ranOut(at time: Double) throws {
        try happened([.exhausted], at: time, durability: .process) { _ in }
    }

    /// What a trial that confirms a configuration reached on data that no trial has seen.
    package func recordTest(ofConfirming trial: Trial.ID, metrics: [String: Double], at time: Double) throws {
        guard var record = try self.trial(trial) else { return }
        record.testMetrics = metrics
        let cell = try record.databaseDictionary["test_metrics"]
        try write { db in
            try db.execute(sql: "UPDATE trial SET test_metrics = ? WHERE number = ?", arguments: [cell, trial.number])
            try Self.saw(time, db)
        }
    }

    /// What is to be confirmed from now on.
    package func confirm(_ confirmation: ConfirmationPlan) throws {
        var study = try self.study()
        study.confirmation = confirmation
        let cell = try study.databaseDictionary["confirmation"]
        try write { try $0.execute(sql: "UPDATE study SET confirmation = ?", arguments: [cell]) }
    }

    /// What the winner reached on data that no trial has seen.
    package func recordTest(of trial: Trial.ID, metrics: [String: Double], at time: Double) throws {
        try write { db in
            guard var study = try StudyRecord.fetchOne(db) else { return }
            (study.testedTrial, study.testMetrics) = (trial.number, metrics)
            try db.execute(
                sql: "UPDATE study SET tested_trial = ?, test_metrics = ?",
                arguments: [trial.number, try study.databaseDictionary["test_metrics"]])
            try Self.saw(time, db)
        }
        foldLog()
    }

    /// Brings the log's content into the database's file, which can then be copied, or read where nothing can be written.
    private func foldLog() {
        // A reader may hold it up, and is not waited for as a writer is; what is in the log is no less durable for that.
        try? pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = 200")
            defer { try? db.execute(sql: "PRAGMA busy_timeout = \(Int(Self.patience * 1000))") }
            try db.checkpoint(.truncate)
        }
    }

    /// Seconds that controllers have worked on the study, the present one up to `time`.
    package func seconds(runningUntil time: Double?) throws -> Double {
        try read { db in
            // SQLite keeps whatever was put into a column of numbers.
            let sql = "SELECT TOTAL(started_at) AS started_at, TOTAL(seen_at) AS seen_at FROM run GROUP BY id ORDER BY id"
            let rows = try Row.fetchAll(db, sql: sql)
            return rows.enumerated().reduce(0) { total, row in
                let (started, seen): (Double, Double) = (row.element["started_at"], row.element["seen_at"])
                let end = row.offset == rows.count - 1 ? max(seen, time ?? seen) : seen
                return total + (Self.times.contains(end - started) ? end - started : 0)
            }
        }
    }

    /// Seconds that a study can have been at.
    static let times = 0.0...1e11

    private func write(_ change: (Database) throws -> Void) throws {
        try writing { db in
            try db.inTransaction {
                try change(db)
                return .commit
            }
        }
    }

    /// - Throws: `StudyStoreError.writeFailed` for what the disk refuses.
    func writing(_ work: (Database) throws -> Void) throws {
        try requirePresence()
        do {
            try pool.writeWithoutTransaction(work)
        } catch let error as DatabaseError where Self.isOfStudy(error) {
            throw Self.refusal(of: folder, error)
        } catch let error as DatabaseError where error.resultCode != .SQLITE_CONSTRAINT {
            throw StudyStoreError.writeFailed(
                path: folder.database, reason: Self.reason(error), isFull: DiskSpace.isBehind(error, at: folder.storePath))
        }
    }

    /// - Throws: `StudyStoreError.displaced` where the files that this run began with are not where they were.
    package func requirePresence() throws(StudyStoreError) {
        guard let presence else { return }
        switch presence.problem {
        case nil:
            guard isLogCut else { return }
            let isSaved = rescue()
            throw .displaced(
                name: folder.name,
                problem: "\(folder.database)-wal was cut short by another program while it ran; resume it; "
                    + (isSaved
                        ? "what was recorded is in \(folder.database)"
                        : "what was recorded since that was last folded into \(folder.database) is lost"))
        case .elsewhere(let problem)?: throw .displaced(name: folder.name, problem: problem)
        case .withoutLog(let problem)?:
            // Only this process can still read it; a reader may stand in the way of more than copying what is in it.
            _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
            foldLog()
            throw .displaced(name: folder.name, problem: problem + "; what was recorded is in \(folder.database)")
        }
    }

    /// What an event outlives once it is recorded.
    enum Durability {
        /// The controller's death. A power cut may take it, but nothing that came later and survives one.
        case process
        /// A power cut too.
        case power
    }

    /// Records events and what they changed in one transaction.
    func happened(
        _ events: [RecordedEvent], at time: Double, durability: Durability = .power,
        _ change: (Database) throws -> Void
    ) throws {
        try writing { db in
            // FULL waits at every commit for the disk, with whatever has been written before.
            if durability == .process { try db.execute(sql: "PRAGMA synchronous = NORMAL") }
            let result = Result {
                try db.inTransaction {
                    try change(db)
                    for event in events { try EventRecord(event, at: time).insert(db) }
                    try Self.saw(time, db)
                    return .commit
                }
            }
            if durability == .process { try db.execute(sql: "PRAGMA synchronous = FULL") }
            try result.get()
        }
    }

    private static func saw(_ time: Double, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE run SET seen_at = max(seen_at, ?) WHERE id = (SELECT max(id) FROM run)")
            .execute(arguments: [time])
    }
}
