import GRDB
package import Studies

/// What a cluster has said of a launch's job.
package struct JobRecord: Sendable, Hashable, Codable, FetchableRecord, PersistableRecord {
    package static let databaseTableName = "job"

    package var trial: Int
    package var launch: Int
    /// The name that tells the job for good.
    package var name: String
    /// The cluster's number for it; nil: it has none yet.
    package var job: String?
    /// `submitting`, `pending`, `running` or `ending`.
    package var phase: String
    /// Why it waits, in the cluster's word.
    package var reason: String?
    package var node: String?
    /// Whether the cluster has put it back into its queue.
    package var requeued: Bool
    /// Seconds since 1970; `since` is when it was in its phase first.
    package var submittedAt: Double
    package var since: Double
    package var startedAt: Double?
    /// What was decided of the trial, after which the launch is to end; nil: nothing yet.
    package var verdict: Decision?
    /// nil: the launch is not over.
    package var endedAt: Double?

    enum CodingKeys: String, CodingKey {
        case trial, launch, name, job, phase, reason, node, requeued, since, verdict
        case submittedAt = "submitted_at"
        case startedAt = "started_at"
        case endedAt = "ended_at"
    }

    package init(
        trial: Trial.ID, launch: Int, name: String, job: String? = nil, phase: String, reason: String? = nil,
        node: String? = nil,
        requeued: Bool = false, at time: Double
    ) {
        (self.trial, self.launch, self.name, self.job, self.phase) = (trial.number, launch, name, job, phase)
        (self.reason, self.node, self.requeued) = (reason, node, requeued)
        (submittedAt, since) = (time, time)
    }

    /// The launches of trials that wait again are over.
    ///
    /// - Parameter others: numbers of trials, with commas between.
    static func closeAll(_ db: Database, but others: String, at time: Double) throws {
        try db.execute(
            sql: "UPDATE job SET ended_at = ? WHERE ended_at IS NULL AND trial NOT IN (\(others))", arguments: [time])
    }

    static func close(_ trial: Trial.ID, _ db: Database, at time: Double) throws {
        try db.cachedStatement(sql: "UPDATE job SET ended_at = ? WHERE trial = ? AND ended_at IS NULL")
            .execute(arguments: [time, trial.number])
    }
}

extension StudyStore {
    /// Records what a cluster says of a launch. The time of a trial counts from its job's start.
    ///
    /// It is on the disk when this returns: a job that a power cut takes from the record could not be told from a stranger's.
    ///
    /// - Returns: the job as it is on record now.
    package func note(_ job: JobRecord) throws -> JobRecord {
        var job = job
        try happened([], at: job.since) { db in
            if let before = try JobRecord.fetchOne(db, key: ["trial": job.trial, "launch": job.launch]) {
                (job.submittedAt, job.startedAt, job.verdict) = (before.submittedAt, before.startedAt, before.verdict)
                if before.phase == job.phase, before.requeued == job.requeued { job.since = before.since }
            }
            let isRunning = job.phase == "running"
            if isRunning, job.startedAt == nil { job.startedAt = job.since }
            try job.upsert(db)
            try db.execute(
                sql: "UPDATE trial SET launched_at = ? WHERE number = ? AND launches = ? AND state = 'running'",
                arguments: [job.startedAt, job.trial, job.launch])
        }
        return job
    }

    /// Records what was decided of a trial before its job is told; without a job there is nothing to record.
    package func note(_ verdict: Decision, of trial: Trial.ID, at time: Double) throws {
        try happened([], at: time) { db in
            try db.execute(
                sql: "UPDATE job SET verdict = ? WHERE trial = ? AND ended_at IS NULL",
                arguments: [verdict.rawValue, trial.number])
        }
    }

    /// The jobs of launches that are not over, by trial.
    package func openJobs() throws -> [JobRecord] { try read { try openJobs($0) } }

    func openJobs(_ db: Database) throws -> [JobRecord] {
        guard try db.tableExists(JobRecord.databaseTableName) else { return [] }
        return try JobRecord.filter(Column("ended_at") == nil).order(Column("trial")).fetchAll(db)
    }

    package var openJobCount: Int { (try? openJobs().count) ?? 0 }

    /// Every job of a trial's launches, in their order.
    package func jobs(of trial: Trial.ID) throws -> [JobRecord] {
        try read { db in
            guard try db.tableExists(JobRecord.databaseTableName) else { return [] }
            return try JobRecord.filter(Column("trial") == trial.number).order(Column("launch")).fetchAll(db)
        }
    }

    /// The trials that are on record as running, with the numbers of their launches.
    package func runningLaunches() throws -> [Trial.ID: Int] {
        let running = TrialRecord.filter(Column("state") == Trial.State.running.rawValue)
        let records = try read { try running.fetchAll($0) }
        return Dictionary(records.map { ($0.id, $0.launches) }) { $1 }
    }
}
