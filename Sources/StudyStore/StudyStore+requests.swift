import GRDB
package import Studies

extension StudyStore {
    /// All that was asked of the study; nothing in a store from before there were requests.
    package func requests() throws -> RequestLog {
        try read(requestLog)
    }

    func requestLog(_ db: Database) throws -> RequestLog {
        guard try db.tableExists(RequestRecord.databaseTableName) else { return RequestLog() }
        return RequestLog(try recorded(RequestRecord.order(Column.rowID).fetchAll(db)))
    }

    /// The requests whose configurations have trials.
    package func startedRequests() throws -> Set<Int> {
        try read { db in
            guard try db.tableExists(RequestRecord.databaseTableName) else { return [] }
            return try Int.fetchSet(db, sql: "SELECT enqueued_by FROM trial WHERE enqueued_by IS NOT NULL")
        }
    }

    /// Requests that wait for an answer, by number; rows that are none are `verify`'s to tell of.
    package func pendingRequests() throws -> [RecordedRequest] {
        try read { db in
            let rows = try Row.fetchAll(db, RequestRecord.filter(Column("done") == nil).order(Column.rowID))
            return rows.compactMap { try? RequestRecord(row: $0).recorded }
        }
    }

    /// nil: there is none of that number.
    package func request(_ number: Int) throws -> RecordedRequest? {
        try read { try recorded(RequestRecord.filter(Column.rowID == number).fetchAll($0)).first }
    }

    private func recorded(_ records: [RequestRecord]) throws -> [RecordedRequest] {
        try records.map { record in
            guard let recorded = record.recorded else { throw damaged("request \(record.number ?? 0) is incomplete") }
            return recorded
        }
    }

    /// Records the controller's answer.
    ///
    /// - Returns: the request with it.
    package func answer(_ request: RecordedRequest, _ verdict: RequestRules.Verdict, at time: Double) throws -> RecordedRequest
    {
        let answered = request.answered(by: verdict, at: time)
        try happened([.answered(request: request.number)], at: time) { try Self.put(answered, in: $0) }
        return answered
    }

    static func put(_ answered: RecordedRequest, in db: Database) throws {
        guard let answer = answered.answer else { return }
        var record = RequestRecord(answered.request, at: answered.at)
        (record.number, record.done) = (answered.number, answer.isDone)
        (record.answer, record.answeredAt) = (answer.text, answer.at)
        try record.update(db)
        guard answer.isDone, case .workers(let count) = answered.request else { return }
        try db.execute(sql: "UPDATE study SET workers = ?", arguments: [count])
    }
}

extension RecordedRequest {
    func answered(by verdict: RequestRules.Verdict, at time: Double) -> RecordedRequest {
        var answered = self
        switch verdict {
        case .done(let request, let text):
            (answered.request, answered.answer) = (request, Answer(isDone: true, text: text, at: time))
        case .refused(let reason): answered.answer = Answer(isDone: false, text: reason, at: time)
        }
        return answered
    }
}
