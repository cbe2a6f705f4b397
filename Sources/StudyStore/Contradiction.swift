import GRDB
import Studies

/// A query whose rows each are something that no controller leaves, and the words for one.
struct Contradiction: Sendable {
    let query: String
    /// Each `{}` stands for the row's next value.
    let text: String

    init(_ query: String, _ text: String) { (self.query, self.text) = (query, text) }

    func problems(_ db: Database) throws -> [String] { try Row.fetchAll(db, sql: query).map(fill) }

    private func fill(_ row: Row) -> String {
        let parts = text.split(separator: "{}", omittingEmptySubsequences: false)
        let values = row.databaseValues.map { "\($0)" } + [""]
        return zip(parts, values).reduce("") { $0 + $1.0 + $1.1 }
    }

    private static func words(_ words: [String]) -> String { words.map { "'\($0)'" }.joined(separator: ", ") }

    private static let states = words(Trial.State.allCases.map(\.rawValue))
    private static let finalStates = words(Trial.State.allCases.filter(\.isFinal).map(\.rawValue))
    private static let openStates = words(Trial.State.allCases.filter { !$0.isFinal }.map(\.rawValue))

    private static func isNoObject(_ column: String) -> String {
        "CASE WHEN json_valid(\(column)) THEN json_type(\(column)) <> 'object' ELSE 1 END"
    }

    /// - Parameter searched: what tells the search's trials, those that ``ofConfirmations`` is not about.
    static func ofTrials(searched: String) -> [Contradiction] {
        always + [
            .init(
                "SELECT count(*), run_cap FROM trial, study WHERE \(searched) GROUP BY run_cap HAVING count(*) > run_cap",
                "it has {} trials, more than its run_cap {}"
            )
        ]
    }

    private static let always: [Contradiction] = [
        .init("SELECT count(*) FROM study HAVING count(*) <> 1", "it has {} studies where there is one"),
        .init(
            "SELECT workers, run_cap FROM study WHERE workers < 1 OR run_cap < 1",
            "it has {} workers and a run_cap of {}, with which nothing can be run"
        ),
        .init(
            """
            SELECT id, started_at, seen_at FROM run
            WHERE started_at NOT BETWEEN 0 AND 1e11 OR seen_at NOT BETWEEN 0 AND 1e11
            """, "run {} began at {} and was seen last at {}, which are no times"
        ),
        .init(
            "SELECT number, state FROM trial WHERE state NOT IN (\(states))", "trial {} is in the state {}, which there is not"),
        .init(
            "SELECT min(number), max(number), count(*) FROM trial HAVING min(number) <> 0 OR max(number) <> count(*) - 1",
            "its trials have the numbers {} to {}, though they are {}"
        ),
        .init("SELECT number FROM trial WHERE \(isNoObject("assignment"))", "trial {}'s parameters are no JSON"),
        .init(
            "SELECT trial, iter FROM report WHERE \(isNoObject("metrics"))",
            "trial {}'s report {} has figures that are no JSON"
        ),
        .init(
            "SELECT trial, count(*), max(iter) FROM report GROUP BY trial HAVING min(iter) <> 1 OR max(iter) <> count(*)",
            "trial {} has {} reports, though the last is number {}"
        ),
        .init(
            "SELECT trial, iter FROM report WHERE trial NOT IN (SELECT number FROM trial)",
            "there is no trial {}, though a report {} of it"
        ),
        .init(
            "SELECT number FROM trial WHERE state = 'paused' AND number NOT IN (SELECT trial FROM report)",
            "trial {} is paused, though it has no report"
        ),
        .init(
            "SELECT number FROM trial WHERE launches < 1 AND number IN (SELECT trial FROM report)",
            "trial {} has reports, though it was never launched"
        ),
        .init(
            "SELECT number, state FROM trial, study WHERE finished_at IS NOT NULL AND state IN (\(openStates))",
            "trial {} is {}, though the study is finished"
        ),
        .init(
            """
            SELECT number, state FROM trial
            WHERE ended_at IS NULL AND state IN (\(finalStates)) OR ended_at IS NOT NULL AND state IN (\(openStates))
            """, "trial {} is {}, which its time of ending contradicts"
        ),
    ]

    /// Of trials that say what they are for.
    static let ofConfirmations: [Contradiction] = [
        .init(
            "SELECT number, purpose FROM trial WHERE purpose NOT IN (\(words(TrialRecord.Purpose.allCases.map(\.rawValue))))",
            "trial {} is for {}, which there is not"
        ),
        .init("SELECT number FROM trial WHERE purpose IS NOT NULL AND seed IS NULL", "trial {} confirms, but has no seed"),
        .init(
            """
            SELECT number, confirms FROM trial WHERE confirms IS NOT NULL AND (purpose IS NULL
              OR confirms NOT IN (SELECT number FROM trial WHERE purpose IS NULL))
            """, "trial {} confirms trial {}, which is none of the search"
        ),
    ]

    /// What the order of events says that trials and reports do not, and the other way round.
    static let ofEvents: [Contradiction] = [
        .init(
            "SELECT number, kind FROM event WHERE kind NOT IN (\(words(EventRecord.Kind.allCases.map(\.rawValue))))",
            "event {} is of the kind {}, which there is not"
        ),
        .init(
            """
            SELECT number, kind FROM event WHERE kind IN ('added', 'launched', 'taken_up', 'out_of_memory') AND trial IS NULL
            OR kind = 'began' AND run_cap IS NULL OR kind IN ('reported', 'halved') AND (trial IS NULL OR iter IS NULL)
            OR kind = 'answered' AND iter IS NULL
            OR kind = 'settled' AND (trial IS NULL OR state IS NULL OR state NOT IN (\(states)))
            """, "event {} ({}) does not say what happened"
        ),
        .init(
            """
            SELECT event.number, event.trial, event.iter FROM event
            LEFT JOIN report ON report.trial = event.trial AND report.iter = event.iter
            WHERE kind = 'reported' AND report.trial IS NULL
            """, "event {} is trial {}'s report {}, which there is not"
        ),
        .init(
            """
            SELECT trial, iter, count(*) FROM event WHERE kind = 'reported' GROUP BY trial, iter HAVING count(*) > 1
            """, "trial {}'s report {} came in {} events"
        ),
        // A study that an earlier version began has the end of its events alone: they begin later than its first run.
        .init(
            """
            SELECT trial, iter FROM report WHERE trial IN (SELECT number FROM trial) AND (trial, iter) NOT IN
              (SELECT trial, iter FROM event WHERE kind = 'reported' AND trial IS NOT NULL AND iter IS NOT NULL)
            AND (SELECT min(at) FROM event) <= (SELECT min(started_at) FROM run)
            """, "trial {}'s report {} came in no event"
        ),
        .init(
            """
            SELECT trial.number, trial.state, last.state FROM trial
            JOIN (SELECT trial, state, max(number) FROM event WHERE kind = 'settled' GROUP BY trial) AS last
              ON last.trial = trial.number
            WHERE trial.state IN (\(finalStates)) AND last.state <> trial.state
            """, "trial {} is {}, though the event of its end says {}"
        ),
    ]
}
