import GRDB
package import Studies

extension StudyStore {
    /// Asks something of a study: of whoever runs it or, where nobody does, of the store itself, which takes what can wait for the next run.
    ///
    /// It writes one row, in a transaction of its own, and holds nothing while it waits: a run goes on whatever becomes of who asks.
    ///
    /// - Parameters:
    ///   - rules: asked for where nobody runs the study.
    ///   - patience: how long an answer is waited for. The request stays where none came; a run that is just beginning takes it.
    ///   - now: seconds since 1970.
    /// - Throws: what opening the store throws, and `StudyStoreError.earlierRun`. Where `rules` throws, a configuration is refused.
    package static func ask(
        _ request: StudyRequest, of folder: StudyFolder, rules: (StudyStore) throws -> RequestRules,
        patience: Duration = .seconds(5), now: () -> Double
    ) async throws -> RecordedRequest {
        let store = try await opened(folder, patience: patience)
        defer { store.close() }
        let end = ContinuousClock.now + patience
        let number = try store.put(request, at: now())
        while true {
            guard let recorded = try store.request(number) else { throw store.damaged("request \(number) is gone") }
            if recorded.answer != nil { return recorded }
            if StudyLock.holder(of: folder) == nil {
                // The request is on record: an error now would have it made once more.
                do { try store.answerAtRest(rules, at: now()) } catch is StudyStoreError { return recorded }
                continue
            }
            guard ContinuousClock.now < end else { return recorded }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// A run that has just begun brings a study of an earlier version up to date in a moment; one of an earlier version never does.
    private static func opened(_ folder: StudyFolder, patience: Duration) async throws -> StudyStore {
        let end = ContinuousClock.now + min(patience, .seconds(2))
        while true {
            do { return try open(folder, for: .asking) } catch StudyStoreError.earlierRun where ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// - Returns: the request's number.
    private func put(_ request: StudyRequest, at time: Double) throws -> Int {
        var number = 0
        try writing { db in
            try RequestRecord(request, at: time).insert(db)
            number = Int(db.lastInsertedRowID)
        }
        return number
    }

    /// Answers all that waits, as long as nobody runs the study: whoever runs it answers for himself.
    ///
    /// What is judged may be looked at for long, and no transaction waits for that: should anything have happened meanwhile, it is judged
    /// again.
    private func answerAtRest(_ rules: (StudyStore) throws -> RequestRules, at time: Double) throws {
        let mark = try mark()
        let (study, history, log) = (try study(), try history(), try requests())
        let judge = Result { try Self.needsRules(log.pending) ? rules(self) : RequestRules(nil) }
        var situation = RequestRules.Situation(
            .rest, history, log, trialCount: study.runCap, workers: study.workers)
        var answers: [RecordedRequest] = []
        for request in log.pending {
            answers.append(request.answered(by: Self.verdict(on: request, in: situation, by: judge), at: time))
            situation.log.take(answers[answers.count - 1])
        }
        try writing { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.inTransaction(.immediate) {
                // A run takes the lock before it writes: one that begins now finds these answers, or answers itself.
                guard StudyLock.holder(of: folder) == nil,
                    try Int.fetchOne(db, sql: "SELECT max(number) FROM event") ?? 0 == mark.event
                else { return .rollback }
                for answer in answers {
                    try Self.put(answer, in: db)
                    try EventRecord(.answered(request: answer.number), at: time).insert(db)
                }
                return .commit
            }
        }
    }

    /// Answers what came after a run has stopped listening: for whoever holds the study's lock, before it is given up.
    package func answerLate(by rules: RequestRules, at time: Double) throws {
        var situation = RequestRules.Situation(
            .ending, try history(), try requests(), trialCount: try study().runCap, workers: try study().workers)
        for request in situation.log.pending {
            situation.log.take(try answer(request, rules.verdict(on: request, in: situation), at: time))
        }
    }

    /// What cannot be judged is refused: left unanswered, it would be in the way of all that is asked later.
    private static func verdict(
        on request: RecordedRequest, in situation: RequestRules.Situation, by judge: Result<RequestRules, any Error>
    ) -> RequestRules.Verdict {
        switch (judge, request.request) {
        case (.success(let rules), _): rules.verdict(on: request, in: situation)
        case (.failure(let error), .enqueue): .refused("what it would be held to cannot be read: \(error)")
        case (.failure, _): RequestRules(nil).verdict(on: request, in: situation)
        }
    }

    private static func needsRules(_ requests: [RecordedRequest]) -> Bool {
        requests.contains { if case .enqueue = $0.request { true } else { false } }
    }
}
