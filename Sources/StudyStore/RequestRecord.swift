import GRDB
import SearchSpaces
import Studies

/// A request as a row; what a kind does not need is NULL.
struct RequestRecord: Codable, RecordWithJSON {
    static let databaseTableName = "request"

    enum Kind: String, Codable, CaseIterable {
        case stop, detach, prune, enqueue, workers, note, tag, remove
    }

    var number: Int?
    var at: Double
    var kind: Kind
    var trial: Int?
    var content: String?
    var assignment: Assignment?
    var count: Int?
    var done: Bool?
    var answer: String?
    var answeredAt: Double?

    enum CodingKeys: String, CodingKey {
        case number, at, kind, trial, content, assignment, count, done, answer
        case answeredAt = "answered_at"
    }

    init(_ request: StudyRequest, at time: Double) {
        at = time
        switch request {
        case .stop(let reason): (kind, content) = (.stop, reason)
        case .detach(let reason): (kind, content) = (.detach, reason)
        case .prune(let id, let reason): (kind, trial, content) = (.prune, id.number, reason)
        case .enqueue(let values, let clone): (kind, trial, assignment) = (.enqueue, clone?.number, values)
        case .workers(let workers): (kind, count) = (.workers, workers)
        case .note(let text, let id): (kind, trial, content) = (.note, id?.number, text)
        case .tag(let tag, let id): (kind, trial, content) = (.tag, id?.number, tag)
        case .remove(let earlier): (kind, count) = (.remove, earlier)
        }
    }

    /// nil where a column that its kind needs is empty.
    private var request: StudyRequest? {
        let id = trial.map { Trial.ID($0) }
        return switch kind {
        case .stop: .stop(reason: content)
        case .detach: .detach(reason: content)
        case .prune: id.map { .prune($0, reason: content) }
        case .enqueue: assignment.map { .enqueue($0, clone: id) }
        case .workers: count.map { .workers($0) }
        case .note: content.map { .note($0, id) }
        case .tag: content.map { .tag($0, id) }
        case .remove: count.map { .remove($0) }
        }
    }

    /// nil where a column that it needs is empty.
    var recorded: RecordedRequest? {
        guard let number, let request else { return nil }
        guard let done else { return RecordedRequest(number: number, at: at, request) }
        guard let answer, let answeredAt else { return nil }
        return RecordedRequest(
            number: number, at: at, request, answer: .init(isDone: done, text: answer, at: answeredAt))
    }
}

extension Contradiction {
    /// Of requests, what came of them, and the events of their answers.
    static let ofRequests: [Contradiction] = [
        .init(
            """
            SELECT number, kind FROM request WHERE kind NOT IN ('stop', 'detach', 'prune', 'enqueue', 'workers', 'note', 'tag', 'remove')
            """, "request {} is of the kind {}, which there is not"
        ),
        .init(
            """
            SELECT number FROM request WHERE (done IS NULL) <> (answered_at IS NULL) OR (done IS NULL) <> (answer IS NULL)
              OR done NOT IN (0, 1)
            """, "request {} is half answered"
        ),
        .init(
            """
            SELECT number FROM request WHERE done IS NOT NULL
              AND number NOT IN (SELECT iter FROM event WHERE kind = 'answered' AND iter IS NOT NULL)
            """, "request {} was answered in no event"
        ),
        .init(
            """
            SELECT event.number, event.iter FROM event LEFT JOIN request ON request.number = event.iter
            WHERE event.kind = 'answered' AND request.done IS NULL
            """, "event {} answers request {}, which has no answer"
        ),
        .init(
            "SELECT iter, count(*) FROM event WHERE kind = 'answered' GROUP BY iter HAVING count(*) > 1",
            "request {} was answered in {} events"
        ),
        .init(
            """
            SELECT number, enqueued_by FROM trial WHERE enqueued_by IS NOT NULL
              AND enqueued_by NOT IN (SELECT number FROM request WHERE kind = 'enqueue' AND done = 1)
            """, "trial {} is of request {}, which asked for no configuration"
        ),
        .init(
            "SELECT enqueued_by, count(*) FROM trial WHERE enqueued_by IS NOT NULL GROUP BY enqueued_by HAVING count(*) > 1",
            "request {}'s configuration has {} trials"
        ),
        .init(
            """
            SELECT number, pruned_by FROM trial WHERE pruned_by IS NOT NULL AND (state <> 'pruned'
              OR (number, pruned_by) NOT IN (SELECT trial, number FROM request WHERE kind = 'prune' AND done = 1))
            """, "trial {} was taken out by request {}, which did not ask for that"
        ),
        .init(
            """
            SELECT trial.number, trial.state, request.number FROM request JOIN trial ON trial.number = request.trial
            WHERE request.kind = 'prune' AND request.done = 1 AND trial.state IN ('complete', 'failed')
            """, "trial {} is {}, though request {} pruned it"
        ),
    ]
}
