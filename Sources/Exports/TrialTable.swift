import SearchSpaces
package import Studies
package import StudyStore
package import TrainerSettings

/// Every trial of a study, as `trials` shows them.
package struct TrialTable: Sendable {
    package let study: StudyRecord
    package let trials: [(record: TrialRecord, reports: [Report])]
    package let history: History

    package init(_ store: StudyStore) throws {
        study = try store.study()
        trials = try store.trials()
        history = History(
            goal: study.goal, constraints: study.constraints ?? [:],
            trials: trials.map { $0.record.trial(reports: $0.reports) })
    }

    private func value(_ record: TrialRecord) -> Double? { history[record.id].best(study.goal)?.value }

    package var json: SettingValue {
        .array(
            trials.map { record, reports in
                var row: [String: SettingValue] = [
                    "number": .int(record.number), "state": .string(record.state.rawValue),
                    "parameters": .object(record.assignment.values), "value": .number(value(record)),
                    "reports": .array(reports.map(Self.json)), "started_at": .time(record.startedAt),
                    "ended_at": .time(record.endedAt), "seconds": .double(record.seconds),
                    "launches": .int(record.launches), "error": .text(record.error),
                ]
                if isConstrained { row["feasible"] = .bool(history.isFeasible(history[record.id])) }
                return .object(row)
            })
    }

    private var isConstrained: Bool { !history.constraints.isEmpty }

    private static func json(_ report: Report) -> SettingValue {
        .object([
            "iter": .int(report.iter), "step": .integer(report.step), "value": .double(report.value),
            "metrics": .object(report.metrics.mapValues(SettingValue.double)),
            "details": .object(report.details.mapValues(SettingValue.string)),
        ])
    }

    /// One line a trial, a column a parameter (RFC 4180).
    package var csv: String {
        let names = Set(trials.flatMap { $0.record.assignment.values.keys }).sorted()
        let feasible = isConstrained ? ["feasible"] : []
        let head = ["number", "state", "value", "reports", "seconds", "launches"] + feasible + names + ["error"]
        let rows = trials.map { record, reports -> [String] in
            let parameters = names.map { record.assignment[$0]?.exact ?? "" }
            let figures = [
                String(record.number), record.state.rawValue, value(record).map { "\($0)" } ?? "",
                String(reports.count), "\(record.seconds)", String(record.launches),
            ]
            let keeps = feasible.map { _ in String(history.isFeasible(history[record.id])) }
            return figures + keeps + parameters + [record.error ?? ""]
        }
        return ([head] + rows).map { $0.map(Self.field).joined(separator: ",") }.joined(separator: "\n") + "\n"
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

extension SettingValue {
    /// As ``description``, but with every digit.
    fileprivate var exact: String {
        if case .double(let value) = self { "\(value)" } else { description }
    }
}
