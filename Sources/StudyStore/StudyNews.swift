import GRDB
package import Studies

/// How far a reader has come in the order of a study's events.
package struct StudyMark: Sendable, Hashable, Comparable {
    /// The number of the last event that was read; 0: none was.
    package let event: Int

    package init(event: Int = 0) { self.event = event }

    package static func < (a: StudyMark, b: StudyMark) -> Bool { a.event < b.event }
}

/// What has happened in a study since a mark.
package struct StudyNews: Sendable {
    /// As it is now.
    package let study: StudyRecord
    /// In their order; none in a store from before there was one.
    package let events: [TimedEvent]
    /// Every trial with which something happened, whole, by number. A line that told more of a report already made comes with the
    /// trial's next event.
    package let trials: [RecordedTrial]
    /// The jobs of launches that are not over.
    package let jobs: [JobRecord]
    /// All requests, where one was answered; nil: none was.
    package let requests: RequestLog?
    /// Where to go on.
    package let mark: StudyMark
}

extension StudyStore {
    /// Where the study stands: read it before the trials, and what comes in between is read twice rather than never.
    package func mark() throws -> StudyMark {
        try read { db in
            guard try db.tableExists(EventRecord.databaseTableName) else { return StudyMark() }
            return StudyMark(event: try Int.fetchOne(db, sql: "SELECT max(number) FROM event") ?? 0)
        }
    }

    /// - Parameter limit: events that are read at most; ``StudyNews/mark`` tells how far that came.
    package func news(since mark: StudyMark, atMost limit: Int = 10_000) throws -> StudyNews {
        try read { db in
            let (study, jobs) = (try studyRow(db), try openJobs(db))
            guard try db.tableExists(EventRecord.databaseTableName) else {
                // A store of an earlier version tells no order: everything is news.
                return StudyNews(study: study, events: [], trials: try trialRows(db), jobs: jobs, requests: nil, mark: mark)
            }
            let events = try timedEvents(db, after: mark.event, atMost: limit)
            guard let last = events.last else {
                return StudyNews(study: study, events: [], trials: [], jobs: jobs, requests: nil, mark: mark)
            }
            let touched = try trialRows(db, touchedBy: events, after: mark.event)
            let isAnswered = events.contains { if case .answered = $0.event { true } else { false } }
            return StudyNews(
                study: study, events: events, trials: touched, jobs: jobs, requests: isAnswered ? try requestLog(db) : nil,
                mark: StudyMark(event: last.number))
        }
    }

    private func trialRows(_ db: Database, touchedBy events: [TimedEvent], after mark: Int) throws -> [RecordedTrial] {
        let numbers = "SELECT trial FROM event WHERE number > ? AND number <= ? AND trial IS NOT NULL"
        // What had been running waits since then, without an event of its own.
        let began = events.contains { if case .began = $0.event { true } else { false } }
        let ends = Trial.State.allCases.filter(\.isFinal).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let others = began ? " OR state NOT IN (\(ends))" : ""
        let arguments: StatementArguments = [mark, events[events.count - 1].number]
        let records = try TrialRecord.fetchAll(
            db, sql: "SELECT * FROM trial WHERE number IN (\(numbers))\(others) ORDER BY number", arguments: arguments)
        return try records.map { record in
            let reports = ReportRecord.filter(Column("trial") == record.number).order(Column("iter"))
            return RecordedTrial(record, try reports.fetchAll(db))
        }
    }
}
