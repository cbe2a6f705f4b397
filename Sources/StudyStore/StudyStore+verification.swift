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
    /// What is wrong with the store: first as SQLite sees it, then with its tables and cells, then as a study.
    ///
    /// Nothing is changed by it, and a store of an earlier version is read as it lies.
    package func damages() -> [StudyDamage] {
        do {
            let found = try read(found)
            return found.isEmpty ? unreadable() : found
        } catch { return [damage(Self.reason(error), Self.rescue)] }
    }

    /// What to do where SQLite cannot make anything of the file.
    package static let rescue =
        "take the study's folder from a copy, or save what can be read: sqlite3 study.sqlite .recover"
    private static let mending = "take the study's folder from a copy, or mend the row with sqlite3"

    private func found(_ db: Database) throws -> [StudyDamage] {
        let broken = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
        guard broken.isEmpty else { return broken.map { damage($0, Self.rescue) } }
        let schema = try SchemaCheck(db)
        guard schema.missing.isEmpty else { return schema.missing.map { damage($0, "take the study's folder from a copy") } }
        var problems = try schema.strangers(db)
        let hasPurposes = try Self.hasPurposes(db)
        problems += try Contradiction.ofTrials(searched: hasPurposes ? "purpose IS NULL" : "TRUE").flatMap {
            try $0.problems(db)
        }
        if hasPurposes { problems += try Contradiction.ofConfirmations.flatMap { try $0.problems(db) } }
        if try db.tableExists(EventRecord.databaseTableName) {
            problems += try Contradiction.ofEvents.flatMap { try $0.problems(db) }
        }
        if try db.tableExists(RequestRecord.databaseTableName) {
            problems += try Contradiction.ofRequests.flatMap { try $0.problems(db) }
        }
        return problems.map { damage($0, Self.mending) }
    }

    /// What no query found and yet is in the way of every command.
    private func unreadable() -> [StudyDamage] {
        do {
            _ = (try history(), try earlierStudiesIfAny(), try eventsIfAny(), try requests())
            return []
        } catch { return [damage(Self.reason(error), Self.mending)] }
    }

    /// Stores of early versions have none.
    private func earlierStudiesIfAny() throws -> [EarlierStudy] {
        try read { try $0.tableExists("earlier_trial") } ? earlierStudies() : []
    }

    private func eventsIfAny() throws -> [TimedEvent] {
        try read { try $0.tableExists(EventRecord.databaseTableName) } ? events() : []
    }

    private func damage(_ problem: String, _ advice: String) -> StudyDamage {
        StudyDamage(place: folder.database, problem: problem, advice: advice)
    }
}
