import GRDB
import SearchSpaces
import TrainerSettings

/// The SQLite file of Optuna's RDBStorage. It is opened for reading alone.
struct OptunaDatabase: ForeignFormat {
    let name = "an Optuna database (SQLite)"

    func matches(start: [UInt8], path: String) -> Bool { start.starts(with: Array("SQLite format 3\0".utf8)) }

    func read(_ path: String, _ request: ImportRequest) throws(ImportError) -> ForeignStudy {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
        do {
            return try DatabaseQueue(path: path, configuration: configuration).read { db in
                guard try db.tableExists("studies"), try db.tableExists("trial_params") else {
                    throw ImportError(path, "is a database, but not one of Optuna's")
                }
                let studies = try Row.fetchAll(db, sql: "SELECT study_id, study_name FROM studies ORDER BY study_id")
                let names = studies.map { Self.text($0, "study_name") ?? "" }
                let picked = try ForeignFormats.pick(request.study, of: names, in: path)
                let identity = Self.integer(studies[picked], "study_id") ?? 0
                return try Reading(db: db, path: path, study: identity).study(named: names[picked]).study(of: path, request)
            }
        } catch let error as ImportError {
            throw error
        } catch let error as DatabaseError {
            throw ImportError(path, "cannot be read as a database: \(error.message ?? "\(error.resultCode)")")
        } catch {
            throw ImportError(path, "cannot be read: \(error)")
        }
    }

    // SQLite keeps what was put into a column, whatever its type: a value of another kind is none.
    private static func text(_ row: Row, _ column: String) -> String? {
        if case .string(let text)? = (row[column] as DatabaseValue?)?.storage { text } else { nil }
    }

    private static func integer(_ row: Row, _ column: String) -> Int? {
        if case .int64(let number)? = (row[column] as DatabaseValue?)?.storage { Int(number) } else { nil }
    }

    private static func number(_ row: Row, _ column: String) -> Double? {
        switch (row[column] as DatabaseValue?)?.storage {
        case .int64(let number)?: Double(number)
        case .double(let number)?: number
        default: nil
        }
    }

    /// The value of a row with a column that tells of what no number is; stores before Optuna 3 have no such column.
    private static func value(_ row: Row, _ column: String, type: String) -> Double? {
        switch text(row, type) {
        case "INF_POS"?: .infinity
        case "INF_NEG"?: -.infinity
        case "NAN"?: .nan
        default: number(row, column)
        }
    }

    private struct Reading {
        let db: Database
        let path: String
        let study: Int

        func study(named name: String) throws -> OptunaStudy {
            let directions = try Row.fetchAll(
                db, sql: "SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective", arguments: [study])
            var whole = OptunaStudy(
                name: name,
                directions: directions.map { row in
                    switch text(row, "direction") {
                    case "MINIMIZE"?: .minimize
                    case "MAXIMIZE"?: .maximize
                    default: nil
                    }
                })
            whole.metricNames = try metricNames()
            whole.trials = try trials()
            return whole
        }

        private func metricNames() throws -> [String] {
            let row = try Row.fetchOne(
                db, sql: "SELECT value_json FROM study_system_attributes WHERE study_id = ? AND \"key\" = 'study:metric_names'",
                arguments: [study])
            guard let json = row.flatMap({ text($0, "value_json") }),
                let names = try? JSONInput.decode([String].self, from: .init(json.utf8), of: path)
            else { return [] }
            return names
        }

        /// All of them, by number.
        private func trials() throws -> [OptunaTrial] {
            var (trials, places): ([OptunaTrial], [Int: Int]) = ([], [:])
            let rows = try Row.fetchAll(
                db, sql: "SELECT trial_id, state FROM trials WHERE study_id = ? ORDER BY number, trial_id", arguments: [study])
            for row in rows {
                guard let identity = integer(row, "trial_id"), let state = text(row, "state").flatMap(OptunaTrial.State.init)
                else {
                    throw ImportError(path, "has a trial in the state \(text(row, "state") ?? "none"), which Optuna has not")
                }
                places[identity] = trials.count
                trials.append(OptunaTrial(state: state))
            }
            try each("trial_params") { row in
                guard let place = integer(row, "trial_id").flatMap({ places[$0] }), let name = text(row, "param_name"),
                    let stored = number(row, "param_value"), let json = text(row, "distribution_json")
                else { return }
                trials[place].parameters[name] = try OptunaDistribution(json: json, of: path).value(of: stored)
            }
            try each("trial_values") { row in
                guard let place = integer(row, "trial_id").flatMap({ places[$0] }), let objective = integer(row, "objective"),
                    (0..<64).contains(objective)
                else { return }
                while trials[place].values.count <= objective { trials[place].values.append(nil) }
                trials[place].values[objective] = value(row, "value", type: "value_type")
            }
            try each("trial_intermediate_values") { row in
                guard let place = integer(row, "trial_id").flatMap({ places[$0] }), let step = integer(row, "step") else {
                    return
                }
                trials[place].intermediate[step] =
                    value(row, "intermediate_value", type: "intermediate_value_type") ?? .nan
            }
            return trials
        }

        private func each(_ table: String, _ body: (Row) throws -> Void) throws {
            let sql = "SELECT * FROM \(table) WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)"
            let rows = try Row.fetchCursor(db, sql: sql, arguments: [study])
            while let row = try rows.next() { try body(row) }
        }
    }
}
