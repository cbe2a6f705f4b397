import SearchSpaces
package import Studies
package import StudyStore
package import TrainerSettings

/// Every trial of a study, as `trials` shows them.
package struct TrialTable: Sendable {
    package let study: StudyRecord
    package let trials: [(record: TrialRecord, reports: [Report])]
    package let history: History
    /// nil: the study is after one metric.
    package let front: ParetoFront?
    private let folder: StudyFolder

    package init(_ store: StudyStore) throws {
        study = try store.study()
        folder = store.folder
        let isRun = StudyLock.holder(of: store.folder) != nil
        trials = try store.trials().map { record, reports in
            var record = record
            // What ran when its controller died waits to go on.
            if !isRun, record.state == .running { record.state = .waiting }
            return (record, reports)
        }
        history = study.history(trials.map { $0.record.trial(reports: $0.reports) })
        front = ParetoFront(study, history, in: store.folder)
    }

    private func best(_ record: TrialRecord) -> Report? { history[record.id].best(study.goal) }

    package var json: SettingValue {
        let onFront = Set(front?.numbers ?? [])
        return .array(
            trials.map { record, reports in
                var row: [String: SettingValue] = [
                    "number": .int(record.number), "state": .string(record.state.rawValue),
                    "parameters": .object(record.assignment.values), "value": .number(best(record)?.value),
                    "reports": .array(reports.map(Self.json)), "started_at": .time(record.startedAt),
                    "ended_at": .time(record.endedAt), "seconds": .double(record.seconds),
                    "launches": .int(record.launches), "error": .text(record.error),
                ]
                if record.error != nil { row["log"] = .text(folder.keptLog(of: record.id)) }
                if isConstrained { row["feasible"] = .bool(history.isFeasible(history[record.id])) }
                if let front {
                    row["front"] = .bool(onFront.contains(record.number))
                    row["values"] = best(record).map(front.values) ?? .null
                }
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
        let onFront = Set(front?.numbers ?? [])
        let others = front == nil ? [] : ["front"] + history.otherMetrics.map(\.name)
        let head =
            ["number", "state", "value", "reports", "seconds", "launches"] + feasible + others + names + ["error", "log"]
        let rows = trials.map { record, reports -> [String] in
            let parameters = names.map { record.assignment[$0]?.exact ?? "" }
            let figures = [
                String(record.number), record.state.rawValue, best(record).map { "\($0.value)" } ?? "",
                String(reports.count), "\(record.seconds)", String(record.launches),
            ]
            let keeps = feasible.map { _ in String(history.isFeasible(history[record.id])) }
            let values = history.otherMetrics.map { best(record)?.figure($0.name).map { "\($0)" } ?? "" }
            let reached = front == nil ? [] : [String(onFront.contains(record.number))] + values
            return figures + keeps + reached + parameters + [record.error ?? "", folder.keptLog(of: record.id) ?? ""]
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
