import SearchSpaces
package import Studies
package import StudyStore
package import TrainerSettings

/// Every trial of a study, as `trials` shows them.
package struct TrialTable: Sendable {
    package let study: StudyRecord
    package let trials: [(record: TrialRecord, reports: [Report])]

    package init(_ store: StudyStore) throws {
        study = try store.study()
        trials = try store.trials()
    }

    private func value(_ row: (record: TrialRecord, reports: [Report])) -> Double? {
        row.record.trial(reports: row.reports).best(study.goal)?.value
    }

    package var json: SettingValue {
        .array(
            trials.map { record, reports in
                .object([
                    "number": .int(record.number), "state": .string(record.state.rawValue),
                    "parameters": .object(record.assignment.values), "value": .number(value((record, reports))),
                    "reports": .array(reports.map(Self.json)), "started_at": .time(record.startedAt),
                    "ended_at": .time(record.endedAt), "seconds": .double(record.seconds),
                    "launches": .int(record.launches), "error": .text(record.error),
                ])
            })
    }

    private static func json(_ report: Report) -> SettingValue {
        .object([
            "iter": .int(report.iter), "step": .integer(report.step), "value": .double(report.value),
            "metrics": .object(report.metrics.mapValues(SettingValue.double)),
        ])
    }

    /// One line a trial, a column a parameter (RFC 4180).
    package var csv: String {
        let names = Set(trials.flatMap { $0.record.assignment.values.keys }).sorted()
        let head = ["number", "state", "value", "reports", "seconds", "launches"] + names + ["error"]
        let rows = trials.map { record, reports -> [String] in
            let parameters = names.map { record.assignment[$0]?.exact ?? "" }
            let figures = [
                String(record.number), record.state.rawValue, value((record, reports)).map { "\($0)" } ?? "",
                String(reports.count), "\(record.seconds)", String(record.launches),
            ]
            return figures + parameters + [record.error ?? ""]
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
