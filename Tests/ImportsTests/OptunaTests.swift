import Foundation
import GRDB
import Imports
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

/// Studies that Optuna 5.0.0 wrote (Fixtures/make_optuna.py), once as a database and once as a journal.
@Suite struct OptunaTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    static func fixture(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// - Parameter changes: SQL that is done to it then.
    private func database(_ changes: String = "") throws -> String {
        let path = temporary.path + "/\(UUID().uuidString).db"
        // The dump has its tables in the order of their names.
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: Self.fixture("optuna.sql"))
            try db.execute(sql: changes)
        }
        try queue.close()
        return path
    }

    private func journal(_ text: String? = nil) throws -> String {
        try temporary.write(text ?? Self.fixture("optuna-journal.log"), to: "\(UUID().uuidString).log")
    }

    private func read(_ path: String, _ study: String? = "tuning", metric: String? = nil) throws -> ForeignStudy {
        try ForeignFormats.read(path, ImportRequest(study: study, metric: metric), as: ForeignFormats.optuna)
    }

    private func problem(_ path: String, _ study: String? = "tuning", metric: String? = nil) -> String? {
        do {
            _ = try read(path, study, metric: metric)
            return nil
        } catch { return "\(error)" }
    }

    @Test func `a database and a journal of the same study say the same`() throws {
        var (database, journal) = (try read(try database()), try read(try journal()))
        // NaN is no NaN's equal.
        func takeNaN(_ study: inout ForeignStudy) -> [Int] {
            study.trials.indices.filter { trial in
                guard study.trials[trial].reports.last?.value.isNaN == true else { return false }
                study.trials[trial].reports.removeLast()
                return true
            }
        }
        #expect(takeNaN(&database) == [3] && takeNaN(&journal) == [3])
        #expect(database == journal)
        #expect(database.goal == .minimize && database.metric == nil && database.name == "tuning")
        // Trial 3 came to NaN, 6 raised an error, 10 still runs.
        #expect(database.trials.map(\.number) == [0, 1, 2, 4, 5, 7, 8, 9])
        #expect(database.leftOut == 3)
        #expect(database.trials.filter(\.isPruned).map(\.number) == [2, 4])
    }

    @Test func `values are what Optuna gave: choices by their place, whole numbers, steps without their dust`() throws {
        let study = try read(try database())
        let kinds = study.trials.map { $0.values["kind"] }
        let choices: [SettingValue] = [.null, .bool(true), .double(0.5), .string("text"), .int(3)]
        #expect(kinds.allSatisfy { choices.contains($0 ?? .string("")) })
        #expect(Set(kinds).count > 2)
        for trial in study.trials.dropLast() {
            let kind = try #require(trial.values["kind"])
            #expect((trial.values["momentum"] != nil) == (kind == .string("text")))
            guard case .int(let r)? = trial.values["r"], case .int? = trial.values["layers"],
                case .double(let dropout)? = trial.values["dropout"]
            else {
                Issue.record("\(trial.values)")
                continue
            }
            #expect(r.isMultiple(of: 2) && (2...32).contains(r))
            #expect([0, 0.1, 0.2, 0.3, 0.4, 0.5].contains(dropout))
        }
        #expect(study.trials.last?.values == ["lr": .double(0.001), "kind": .string("text")])
    }

    @Test func `a trial that ended has its value, a pruned one what it told at each step`() throws {
        for path in [try database(), try journal()] {
            let trials = Dictionary(uniqueKeysWithValues: try read(path).trials.map { ($0.number, $0) })
            #expect(trials[0]?.reports.count == 1 && trials[0]?.reports.first?.step == nil)
            #expect(trials[9]?.reports == [.init(value: 0.125)])
            #expect(trials[5]?.reports.first?.value == .infinity)
            #expect(trials[2]?.reports.map(\.step) == [10, 20])
            #expect(trials[4]?.reports.map(\.step) == [10, 20])
            #expect(trials[4]?.reports.last?.value.isNaN == true)
        }
    }

    @Test func `of several studies the named one is read, and the names are listed`() throws {
        for path in [try database(), try journal()] {
            #expect(problem(path, nil)?.hasSuffix(": has several studies: 'tuning', 'pair'; say which (study)") == true)
            #expect(
                problem(path, "pairs")?.hasSuffix(
                    ": has no study 'pairs'; it has 'tuning', 'pair'; did you mean 'pair'?") == true,
                "\(problem(path, "pairs") ?? "")")
            // It was deleted.
            #expect(problem(path, "gone")?.contains("has no study 'gone'") == true)
        }
    }

    @Test func `of several objectives the named one counts, else the first`() throws {
        for path in [try database(), try journal()] {
            let first = try read(path, "pair")
            #expect(first.goal == .maximize && first.metric == "accuracy")
            #expect(first.trials.map { $0.reports[0].value } == [0.5, 0.6, 0.7])
            let second = try read(path, "pair", metric: "size")
            #expect(second.goal == .minimize && second.metric == "size")
            #expect(second.trials.map { $0.reports[0].value } == [3, 2, 1])
            #expect(
                problem(path, "pair", metric: "sise")?.contains("has no objective 'sise'; it has accuracy, size; did you mean")
                    == true)
            // With a single one it is the user's name for it.
            #expect(try read(path, "tuning", metric: "loss").trials.count == 8)
        }
    }

    @Test func `the last line of a journal may be half written, another may not`() throws {
        let text = try Self.fixture("optuna-journal.log")
        let lines = text.split(separator: "\n").map(String.init)
        #expect(try read(try journal(text + lines[0].prefix(30))).trials.count == 8)
        var broken = lines
        broken[4] = String(broken[4].dropLast(20))
        let path = try journal(broken.joined(separator: "\n"))
        #expect(problem(path)?.hasPrefix("\(path):5: is no line of a journal") == true, "\(problem(path) ?? "")")
    }

    @Test func `a journal that is cut anywhere tells of what ended before`() throws {
        let bytes = Array(try Self.fixture("optuna-journal.log").utf8)
        var before = 0
        for end in stride(from: 500, to: bytes.count, by: 977) {
            let path = try journal(String(decoding: bytes.prefix(end), as: UTF8.self))
            let count = try read(path).trials.count
            #expect(count >= before && count <= 8)
            before = count
        }
        #expect(before == 8)
    }

    @Test func `stores before Optuna 3 have other names for distributions and no types of values`() throws {
        let path = try database(
            """
            UPDATE trial_params SET distribution_json =
              '{"name": "LogUniformDistribution", "attributes": {"low": 1e-05, "high": 0.01}}' WHERE param_name = 'lr';
            UPDATE trial_params SET distribution_json =
              '{"name": "DiscreteUniformDistribution", "attributes": {"low": 0.0, "high": 0.5, "q": 0.1}}' WHERE param_name = 'dropout';
            UPDATE trial_params SET distribution_json =
              '{"name": "IntUniformDistribution", "attributes": {"low": 2, "high": 32, "step": 2}}' WHERE param_name = 'r';
            UPDATE trial_params SET distribution_json =
              '{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 64, "step": 1}}' WHERE param_name = 'layers';
            DELETE FROM trial_values WHERE value IS NULL;
            ALTER TABLE trial_values RENAME TO old;
            CREATE TABLE trial_values AS SELECT trial_value_id, trial_id, objective, value FROM old;
            DROP TABLE old;
            """)
        let (old, new) = (try read(path), try read(try database()))
        // The value that was infinite has no column to be so in.
        #expect(old.trials.map(\.number) == [0, 1, 2, 4, 7, 8, 9])
        #expect(old.trials.map(\.values) == new.trials.filter { $0.number != 5 }.map(\.values))
    }

    @Test func `what is no study of Optuna's is refused with its path`() throws {
        let other = temporary.path + "/other.db"
        try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE t (x)") }
        #expect(problem(other)?.hasSuffix("other.db: is a database, but not one of Optuna's") == true)
        let text = try temporary.write("hello\n", to: "notes.log")
        #expect(problem(text)?.hasSuffix("notes.log: is neither an Optuna database (SQLite) nor an Optuna journal") == true)
        #expect(problem(temporary.path + "/none.db")?.contains("none.db") == true)
        let strange = try database("UPDATE trials SET state = 'ODD' WHERE trial_id = 1")
        #expect(problem(strange)?.contains("has a trial in the state ODD") == true)
        let broken = try database("UPDATE trial_params SET distribution_json = '{' WHERE param_id = 1")
        #expect(problem(broken)?.contains("a distribution") == true, "\(problem(broken) ?? "")")
    }

    @Test func `reading changes nothing`() throws {
        let path = try database()
        let before = try Data(contentsOf: URL(filePath: path))
        _ = try read(path)
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).count == 1)
    }
}
