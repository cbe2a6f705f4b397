import FoundationEssentials
import GRDB
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// The study as an SQLite file of Optuna's RDBStorage (schema 12, Optuna 3.2 to 5), for `optuna.load_study` and optuna-dashboard.
///
/// Trials that confirm others are left out: to Optuna they would be repetitions that can win.
struct OptunaStorage: StudyFormat {
    let name = "optuna"
    let summary = "an SQLite file that Optuna loads"
    let target = ExportTarget.file { try Self.mark(in: $0) }

    /// The attribute of a study by which an earlier export is known.
    private static let attribute = "autolora"

    private static func mark(in path: String) throws -> Set<String> {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration).read { db in
            let studies = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM studies") ?? 0
            let ours = try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM study_user_attributes WHERE \"key\" = ?", arguments: [attribute])
            guard studies == 1, ours == 1 else { throw ExportError("\(path): is no export of one study") }
            return [attribute]
        }
    }

    func write(_ study: WholeStudy, to draft: String) throws {
        let database = try DatabaseQueue(path: draft)
        try database.writeWithoutTransaction { db in
            try db.inTransaction {
                for statement in OptunaSchema.statements { try db.execute(sql: statement) }
                try Writing(db: db, study: study).all()
                return .commit
            }
        }
        try database.close()
    }

    func warning(_ study: WholeStudy) -> String? {
        let history = study.table.history
        guard let best = history.best, !history.hasSeveralMetrics, best.trial.state != .complete else { return nil }
        return
            "trial \(best.trial.id), the best, is \(best.trial.state.rawValue); Optuna's best_trial takes complete trials alone and tells of another"
    }

    private struct Writing {
        let db: Database
        let study: WholeStudy

        private var history: History { study.table.history }

        func all() throws {
            try studyRows()
            let parameters = OptunaParameters(study)
            // Optuna's numbers have no gaps.
            let searched = study.table.trials.filter { !$0.trial.confirms }
            for (number, trial) in searched.enumerated() {
                try rows(of: trial, identity: number + 1, number: number, parameters)
            }
        }

        private func studyRows() throws {
            let record = study.table.study
            try db.execute(sql: "INSERT INTO studies VALUES (1, ?)", arguments: [record.name])
            let metrics = [Metric(name: record.metric, goal: record.goal)] + history.otherMetrics
            for (objective, metric) in metrics.enumerated() {
                try db.execute(
                    sql: "INSERT INTO study_directions (direction, study_id, objective) VALUES (?, 1, ?)",
                    arguments: [metric.goal == .maximize ? "MAXIMIZE" : "MINIMIZE", objective])
            }
            try attribute("study_system_attributes", of: 1, "study:metric_names", .array(metrics.map { .string($0.name) }))
            var known: [String: SettingValue] = ["space": .string(record.spaceFileName), "seed": .int(record.seed)]
            if let best = history.best { known["best_trial"] = .int(best.trial.id.number) }
            try attribute("study_user_attributes", of: 1, OptunaStorage.attribute, .object(known))
        }

        private func rows(of trial: RecordedTrial, identity: Int, number: Int, _ parameters: OptunaParameters) throws {
            let values = values(of: trial)
            try db.execute(
                sql: "INSERT INTO trials VALUES (?, ?, 1, ?, ?, ?)",
                arguments: [
                    identity, number, Self.state(of: trial, isMeasured: values != nil), Self.date(trial.record.startedAt),
                    trial.record.state.isFinal ? Self.date(trial.record.endedAt ?? trial.record.startedAt) : nil,
                ])
            for (objective, value) in (values ?? []).enumerated() {
                try db.execute(
                    sql: "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, 'FINITE')",
                    arguments: [identity, objective, value])
            }
            for (step, value) in steps(of: trial.reports) {
                let (stored, type) = Self.stored(value)
                try db.execute(
                    sql: """
                        INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type)
                        VALUES (?, ?, ?, ?)
                        """, arguments: [identity, step, stored, type])
            }
            for (name, value, distribution) in parameters.rows(of: trial.record.assignment) {
                try db.execute(
                    sql: "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, ?)",
                    arguments: [identity, name, value, distribution])
            }
            for (name, value) in attributes(of: trial) { try attribute("trial_user_attributes", of: identity, name, value) }
            if let excess = excess(of: trial) { try attribute("trial_system_attributes", of: identity, "constraints", excess) }
        }

        private func attribute(_ table: String, of identity: Int, _ name: String, _ value: SettingValue) throws {
            let owner = table.hasPrefix("study") ? "study_id" : "trial_id"
            try db.execute(
                sql: "INSERT INTO \(table) (\(owner), \"key\", value_json) VALUES (?, ?, ?)",
                arguments: [identity, name, JSONWriter.text(value, .page)])
        }

        /// One for each metric, of the report with the best value; nil: some metric was never told.
        private func values(of trial: RecordedTrial) -> [Double]? {
            guard let best = history[trial.record.id].best(history.goal) else { return nil }
            let others = history.otherMetrics.map { best.figure($0.name) ?? .nan }
            return others.allSatisfy(\.isFinite) ? [best.value] + others : nil
        }

        /// The trainer's steps where they rise, as Optuna has one value a step; reports counted from 1 otherwise.
        private func steps(of reports: [Report]) -> [(Int, Double)] {
            let steps = reports.compactMap(\.step)
            let rise = steps.count == reports.count && zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 }
            return reports.map { (rise ? $0.step ?? $0.iter : $0.iter, $0.value) }
        }

        private func attributes(of trial: RecordedTrial) -> [(String, SettingValue)] {
            let record = trial.record
            let best = history[record.id].best(history.goal)
            var known: [String: SettingValue] = (best?.metrics ?? [:]).mapValues { $0.isFinite ? .double($0) : .null }
            known["autolora_trial"] = .int(record.number)
            known["autolora_state"] = .string(record.state.rawValue)
            known["seconds"] = .double(record.seconds)
            known["launches"] = .int(record.launches)
            if let step = best?.step { known["best_step"] = .int(step) }
            if let error = record.error { known["error"] = .string(error) }
            if let infeasible = record.infeasible { known["infeasible"] = .string(infeasible) }
            return known.sorted { $0.key < $1.key }
        }

        /// By how much each limit is broken: at most 0 where it is kept.
        private func excess(of trial: RecordedTrial) -> SettingValue? {
            guard !history.constraints.isEmpty, let best = history[trial.record.id].best(history.goal) else { return nil }
            let excess = history.constraints.sorted { $0.key < $1.key }.compactMap { name, limits -> Double? in
                guard let figure = best.figure(name), figure.isFinite else { return nil }
                return max(
                    limits.min.map { $0 - figure } ?? -.greatestFiniteMagnitude,
                    limits.max.map { figure - $0 } ?? -.greatestFiniteMagnitude)
            }
            return excess.count == history.constraints.count ? .array(excess.map(SettingValue.double)) : nil
        }

        /// A complete trial of Optuna's has values: one that never told a number has failed to it.
        private static func state(of trial: RecordedTrial, isMeasured: Bool) -> String {
            switch trial.record.state {
            case .complete: isMeasured ? "COMPLETE" : "FAIL"
            case .pruned: trial.record.infeasible == nil ? "PRUNED" : "FAIL"
            case .failed: "FAIL"
            case .running, .paused: "RUNNING"
            case .waiting: trial.reports.isEmpty ? "WAITING" : "RUNNING"
            }
        }

        private static func stored(_ value: Double) -> (Double?, String) {
            if value.isNaN { return (nil, "NAN") }
            if value.isInfinite { return (nil, value > 0 ? "INF_POS" : "INF_NEG") }
            return (value, "FINITE")
        }

        /// As SQLAlchemy writes a time, in UTC.
        private static func date(_ seconds: Double?) -> String? {
            guard let seconds, seconds.isFinite else { return nil }
            let whole = seconds.rounded(.down)
            let micros = Int(((seconds - whole) * 1e6).rounded(.down))
            let text = Date(timeIntervalSince1970: whole).formatted(
                .iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false))
            let digits = String(micros)
            return "\(text).\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)"
        }
    }
}
