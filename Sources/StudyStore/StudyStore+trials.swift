import GRDB
package import Studies

extension StudyStore {
    /// Every trial with its times, by number, and its reports.
    package func trials() throws -> [RecordedTrial] { try read { try trialRows($0) } }

    /// A page of them.
    ///
    /// - Parameters:
    ///   - first: the number of the first trial that is wanted.
    ///   - count: how many are wanted at most.
    package func trials(from first: Int, count: Int) throws -> [RecordedTrial] {
        try read { try trialRows($0, from: first, count: count) }
    }

    func trialRows(_ db: Database, from first: Int = 0, count: Int = .max) throws -> [RecordedTrial] {
        let records = try TrialRecord.filter(Column("number") >= first).order(Column("number")).limit(count).fetchAll(db)
        try requireWhole(records, from: first)
        let reports = ReportRecord.filter((first..<first + records.count).contains(Column("trial")))
        let rows = try reports.order(Column("trial"), Column("iter")).fetchAll(db)
        let byTrial = Dictionary(grouping: rows, by: \.trial)
        return records.map { RecordedTrial($0, byTrial[$0.number] ?? []) }
    }

    /// - Throws: `StudyStoreError.damaged` where a trial between others is missing.
    func requireWhole(_ records: [TrialRecord], from first: Int = 0) throws(StudyStoreError) {
        for (number, record) in zip(first..., records) {
            guard record.number == number else { throw damaged("trial \(number) is not there, though \(record.number) is") }
            // So that one more can be counted.
            guard record.launches < Int32.max else { throw damaged("trial \(number) has \(record.launches) launches") }
        }
    }

    /// How many trials there are.
    package func trialCount() throws -> Int { try read { try TrialRecord.fetchCount($0) } }

    /// What is known of one trial, without its reports; nil: the study has none of that number.
    package func trial(_ id: Trial.ID) throws -> TrialRecord? {
        try read { try TrialRecord.filter(Column("number") == id.number).fetchOne($0) }
    }

    /// The last trials that failed, by number.
    package func failures(last count: Int) throws -> [TrialRecord] {
        try read { db in
            try TrialRecord.filter(Column("state") == Trial.State.failed.rawValue).order(Column("number").desc).limit(count)
                .fetchAll(db)
        }.reversed()
    }

    package func reportCount(of id: Trial.ID) throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM report WHERE trial = ?", arguments: [id.number]) ?? 0 }
    }

    /// How many reports each trial had made at a time, by number; trials without any are left out at the end.
    package func reportCounts(at time: Double) throws -> [Int] {
        try read { db in
            let sql = "SELECT trial, count(*) FROM report WHERE reported_at < ? GROUP BY trial ORDER BY trial"
            var counts: [Int] = []
            for row in try Row.fetchAll(db, sql: sql, arguments: [time]) {
                guard let trial = Int.fromDatabaseValue(row[0]), (counts.count..<(1 << 24)).contains(trial) else { continue }
                counts += Array(repeating: 0, count: trial - counts.count) + [row[1] as Int]
            }
            return counts
        }
    }
}

extension TrialRecord {
    package func trial(reports: [Report]) -> Trial {
        var trial = Trial(
            id: id, assignment: assignment, state: state, reports: reports, launches: launches, milestone: milestone)
        (trial.outOfMemory, trial.halvings) = (infeasible, max(halvings ?? 0, 0))
        (trial.enqueuedBy, trial.prunedBy) = (enqueuedBy, prunedBy)
        if purpose == .confirm { trial.purpose = .confirm(of: confirms.map { Trial.ID($0) }, seed: seed ?? 0) }
        return trial
    }
}
