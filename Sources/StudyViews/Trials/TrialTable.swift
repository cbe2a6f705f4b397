import SearchSpaces
package import Studies
package import StudyStore
import TrainerSettings

/// Every trial of a study, as `trials` shows them. A new column of its output is a line in a list: of the lines for people in
/// `TrialLines.swift`, of the comma-separated values in `TrialTable+csv.swift`, of the JSON in `TrialTable+json.swift`.
package struct TrialTable: Sendable {
    package private(set) var study: StudyRecord
    package private(set) var trials: [RecordedTrial]
    package private(set) var history: History
    /// What was asked of the study; notes and tags are among it.
    package private(set) var requests: RequestLog
    /// Those of launches that are not over.
    package private(set) var jobs: [Trial.ID: JobRecord]
    /// How far the table is up to date.
    package private(set) var mark: StudyMark
    let folder: StudyFolder

    package init(_ store: StudyStore) throws {
        folder = store.folder
        // First: what comes in between is taken twice, not passed over.
        mark = try store.mark()
        study = try store.study()
        requests = try store.requests()
        let isRun = StudyLock.holder(of: store.folder) != nil
        let jobs = Self.byTrial(try store.openJobs())
        trials = try store.trials().map { $0.standing(isRun: isRun || jobs[$0.record.id] != nil) }
        self.jobs = jobs
        history = study.history(trials.map(\.trial))
    }

    /// Brings the table up to date with what has happened since its ``mark``.
    package mutating func take(_ news: StudyNews) {
        let isRun = StudyLock.holder(of: folder) != nil
        jobs = Self.byTrial(news.jobs)
        for trial in news.trials.map({ $0.standing(isRun: isRun || jobs[$0.record.id] != nil) })
        where trial.record.number <= trials.count {
            if trial.record.number == trials.count { trials.append(trial) } else { trials[trial.record.number] = trial }
        }
        (study, mark, requests) = (news.study, news.mark, news.requests ?? requests)
        history = study.history(trials.map(\.trial))
    }

    private static func byTrial(_ jobs: [JobRecord]) -> [Trial.ID: JobRecord] {
        Dictionary(jobs.map { (Trial.ID($0.trial), $0) }) { $1 }
    }

    /// The trials that no other one beats; nil: the study is after one metric.
    package var front: ParetoFront? { ParetoFront(study, history, in: folder) }

    func best(_ trial: RecordedTrial) -> Report? { history[trial.record.id].best(study.goal) }

    /// Of its value.
    package func standardError(_ trial: RecordedTrial) -> Double? { best(trial).flatMap { history.standardError(of: $0) } }

    var hasConfirmations: Bool { !history.confirmations.isEmpty }

    var isConstrained: Bool { !history.constraints.isEmpty }
}

extension RecordedTrial {
    /// As it stands for who looks at it: what ran when its controller died waits to go on, unless its job goes on without it.
    fileprivate func standing(isRun: Bool) -> RecordedTrial {
        guard !isRun, record.state == .running else { return self }
        var record = record
        record.state = .waiting
        return RecordedTrial(record: record, reports: reports, reportedAt: reportedAt)
    }
}
