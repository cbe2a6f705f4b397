import GRDB
package import Studies

/// Something that happened in a study and that decisions were made from; the store has them in their order.
///
/// With the trials' configurations and reports this is all that is needed to make every decision again.
package enum RecordedEvent: Sendable, Hashable {
    /// A controller began to work: what had been running waits. `workers`: trials at the same time, as the run began; nil: not on record.
    case began(runCap: Int, workers: Int? = nil)
    /// A new configuration was launched.
    case added(Trial.ID, milestone: Int?)
    /// A trial that waited or was promoted was launched again.
    case launched(Trial.ID, milestone: Int?)
    case reported(Trial.ID, iter: Int)
    /// A new controller goes on with a launch that has outlived the last one.
    case takenUp(Trial.ID)
    /// A launch is over, or what waited was weighed or dropped.
    case settled(Trial.ID, Trial.State)
    /// A trial goes on with its batch halved, so many times in all.
    case halved(Trial.ID, times: Int)
    /// A trial needs more memory than there is.
    case ranOutOfMemory(Trial.ID)
    /// There was no new configuration left.
    case exhausted
    /// A request was answered; what was asked and what came of it is the request's own row.
    case answered(request: Int)
}

extension RecordedEvent {
    /// The trial that it happened to; nil: it is of the whole study.
    package var trial: Trial.ID? {
        switch self {
        case .began, .exhausted, .answered: nil
        case .added(let id, _), .launched(let id, _), .reported(let id, _), .takenUp(let id), .settled(let id, _),
            .halved(let id, _), .ranOutOfMemory(let id):
            id
        }
    }
}

/// An event with its place in the order and its time.
package struct TimedEvent: Sendable, Hashable {
    /// Events are numbered in their order; some numbers may be missing.
    package let number: Int
    /// Seconds since 1970.
    package let at: Double
    package let event: RecordedEvent
}

extension StudyStore {
    /// In their order; events of times before the store kept any are missing.
    package func events() throws -> [TimedEvent] { try read { try timedEvents($0, after: 0, atMost: .max) } }

    /// Those of one trial, in their order.
    package func events(of id: Trial.ID) throws -> [TimedEvent] {
        try read { db in
            guard try db.tableExists(EventRecord.databaseTableName) else { return [] }
            return try timedEvents(db, of: EventRecord.filter(Column("trial") == id.number), after: 0, atMost: .max)
        }
    }

    func timedEvents(
        _ db: Database, of wanted: QueryInterfaceRequest<EventRecord> = EventRecord.all(), after mark: Int, atMost limit: Int
    ) throws -> [TimedEvent] {
        let records = wanted.filter(Column.rowID > mark).order(Column.rowID).limit(limit)
        return try records.fetchAll(db).map { record in
            guard let event = record.event else { throw damaged("event \(record.number ?? 0) is incomplete") }
            return TimedEvent(number: record.number ?? 0, at: record.at, event: event)
        }
    }
}

/// An event as a row; what a kind does not need is NULL.
struct EventRecord: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "event"

    enum Kind: String, Codable, CaseIterable {
        case began, added, launched, reported, settled, halved, exhausted, answered
        case ranOutOfMemory = "out_of_memory"
        case takenUp = "taken_up"
    }

    var number: Int?
    var at: Double
    var kind: Kind
    var trial: Int?
    /// Of a report; the milestone of a launch; how often a batch was halved; the number of a request; the workers that a run began with.
    var iter: Int?
    var state: Trial.State?
    var runCap: Int?

    enum CodingKeys: String, CodingKey {
        case number, at, kind, trial, iter, state
        case runCap = "run_cap"
    }

    init(_ event: RecordedEvent, at time: Double) {
        at = time
        switch event {
        case .began(let cap, let workers): (kind, runCap, iter) = (.began, cap, workers)
        case .added(let id, let milestone): (kind, trial, iter) = (.added, id.number, milestone)
        case .launched(let id, let milestone): (kind, trial, iter) = (.launched, id.number, milestone)
        case .reported(let id, let report): (kind, trial, iter) = (.reported, id.number, report)
        case .takenUp(let id): (kind, trial) = (.takenUp, id.number)
        case .settled(let id, let end): (kind, trial, state) = (.settled, id.number, end)
        case .halved(let id, let times): (kind, trial, iter) = (.halved, id.number, times)
        case .ranOutOfMemory(let id): (kind, trial) = (.ranOutOfMemory, id.number)
        case .exhausted: kind = .exhausted
        case .answered(let request): (kind, iter) = (.answered, request)
        }
    }

    /// nil where a column that its kind needs is empty.
    var event: RecordedEvent? {
        let id = trial.map { Trial.ID($0) }
        return switch kind {
        case .began: runCap.map { .began(runCap: $0, workers: iter) }
        case .added: id.map { .added($0, milestone: iter) }
        case .launched: id.map { .launched($0, milestone: iter) }
        case .reported: id.flatMap { id in iter.map { .reported(id, iter: $0) } }
        case .takenUp: id.map { .takenUp($0) }
        case .settled: id.flatMap { id in state.map { .settled(id, $0) } }
        case .halved: id.flatMap { id in iter.map { .halved(id, times: $0) } }
        case .ranOutOfMemory: id.map { .ranOutOfMemory($0) }
        case .exhausted: .exhausted
        case .answered: iter.map { .answered(request: $0) }
        }
    }
}
