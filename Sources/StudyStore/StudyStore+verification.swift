import GRDB
import Studies

/// Something in a study that is damaged or contradicts itself.
package struct StudyDamage: Sendable, Hashable, CustomStringConvertible {
    /// A file or folder.
    package let place: String
    package let problem: String
    /// What to do next.
    package let advice: String

    package init(place: String, problem: String, advice: String) {
        self.place = place
        self.problem = problem
        self.advice = advice
    }

    package var description: String { "\(place): \(problem); \(advice)" }
}

extension StudyStore {
    /// What is wrong with the store: first as SQLite sees it, then as a study.
    ///
    /// Nothing is changed by it, and a store of an earlier version is read as it lies.
    package func damages() -> [StudyDamage] {
        do { return try found() } catch { return [damage(Self.reason(error), Self.rescue)] }
    }

    private static let rescue = "take the study's folder from a copy, or save what can be read: sqlite3 study.sqlite .recover"
    private static let mending = "take the study's folder from a copy, or mend the row with sqlite3"

    private func found() throws -> [StudyDamage] {
        try pool.read { db in
            let broken = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
            guard broken.isEmpty else { return broken.map { damage($0, Self.rescue) } }
            let contradictions = try Self.contradictions.flatMap { query, text in
                try Row.fetchAll(db, sql: query).map { row in
                    damage(Self.fill(text, row), Self.mending)
                }
            }
            return try contradictions + events(db)
        }
    }

    private func damage(_ problem: String, _ advice: String) -> StudyDamage {
        StudyDamage(place: folder.database, problem: problem, advice: advice)
    }

    /// The words with each `{}` replaced by the row's next value.
    private static func fill(_ text: String, _ row: Row) -> String {
        let parts = text.split(separator: "{}", omittingEmptySubsequences: false)
        let values = row.databaseValues.map { "\($0)" } + [""]
        return zip(parts, values).reduce("") { $0 + $1.0 + $1.1 }
    }

    private static func words(_ words: [String]) -> String { words.map { "'\($0)'" }.joined(separator: ", ") }

    private static let states = words(Trial.State.allCases.map(\.rawValue))
    private static let finalStates = words(Trial.State.allCases.filter(\.isFinal).map(\.rawValue))
    private static let openStates = words(Trial.State.allCases.filter { !$0.isFinal }.map(\.rawValue))

    /// Queries whose rows each are something that no controller leaves, and the words for one.
    private static let contradictions: [(query: String, text: String)] = [
        ("SELECT count(*) FROM study HAVING count(*) <> 1", "it has {} studies where there is one"),
        ("SELECT number, state FROM trial WHERE state NOT IN (\(states))", "trial {} is in the state {}, which there is not"),
        (
            "SELECT min(number), max(number), count(*) FROM trial HAVING min(number) <> 0 OR max(number) <> count(*) - 1",
            "its trials have the numbers {} to {}, though they are {}"
        ),
        (
            "SELECT count(*), run_cap FROM trial, study GROUP BY run_cap HAVING count(*) > run_cap",
            "it has {} trials, more than its run_cap {}"
        ),
        ("SELECT number FROM trial WHERE NOT json_valid(assignment)", "trial {}'s parameters are no JSON"),
        (
            "SELECT trial, iter FROM report WHERE NOT json_valid(metrics)",
            "trial {}'s report {} has figures that are no JSON"
        ),
        (
            "SELECT trial, count(*), max(iter) FROM report GROUP BY trial HAVING min(iter) <> 1 OR max(iter) <> count(*)",
            "trial {} has {} reports, though the last is number {}"
        ),
        (
            "SELECT trial, iter FROM report WHERE trial NOT IN (SELECT number FROM trial)",
            "there is no trial {}, though a report {} of it"
        ),
        (
            "SELECT number FROM trial WHERE state = 'paused' AND number NOT IN (SELECT trial FROM report)",
            "trial {} is paused, though it has no report"
        ),
        (
            "SELECT number FROM trial WHERE launches < 1 AND number IN (SELECT trial FROM report)",
            "trial {} has reports, though it was never launched"
        ),
        (
            "SELECT number, state FROM trial, study WHERE finished_at IS NOT NULL AND state IN (\(openStates))",
            "trial {} is {}, though the study is finished"
        ),
        (
            """
            SELECT number, state FROM trial
            WHERE ended_at IS NULL AND state IN (\(finalStates)) OR ended_at IS NOT NULL AND state IN (\(openStates))
            """, "trial {} is {}, which its time of ending contradicts"
        ),
    ]

    /// What the order of events says that trials and reports do not; stores of earlier versions have none, or its end alone.
    private func events(_ db: Database) throws -> [StudyDamage] {
        guard try db.tableExists(EventRecord.databaseTableName) else { return [] }
        let lost = try Row.fetchAll(
            db,
            sql: """
                SELECT event.number, event.trial, event.iter FROM event
                LEFT JOIN report ON report.trial = event.trial AND report.iter = event.iter
                WHERE kind = 'reported' AND report.trial IS NULL
                """)
        return lost.map {
            damage(
                Self.fill("event {} is trial {}'s report {}, which there is not", $0),
                "take the study's folder from a copy, or go on without that report")
        }
    }
}
