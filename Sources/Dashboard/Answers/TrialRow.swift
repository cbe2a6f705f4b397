import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// A trial in a table: all but its reports.
struct TrialRow {
    let trial: RecordedTrial
    private let best: Report?
    private let otherMetrics: [String]

    private let job: JobRecord?

    /// - Parameter job: of its launch; nil: it has none, or none is open.
    init(_ trial: RecordedTrial, _ history: History, job: JobRecord? = nil) {
        (self.trial, self.job) = (trial, job)
        best = history[trial.record.id].best(history.goal)
        otherMetrics = history.otherMetrics.map(\.name)
    }

    var record: TrialRecord { trial.record }
    var value: Double? { best?.value }

    /// Letters of an error that a table shows.
    private static let errorLength = 200

    var json: SettingValue {
        var row: [String: SettingValue] = [
            "number": .int(record.number), "state": .string(record.state.rawValue), "value": .number(value),
            "step": .integer(best?.step), "reports": .int(trial.reports.count), "seconds": .double(record.seconds),
            "launches": .int(record.launches), "started_at": .number(record.startedAt), "ended_at": .number(record.endedAt),
            "launched_at": .number(record.launchedAt), "parameters": .object(record.assignment.values),
            "error": .text(record.error.map { String($0.prefix(Self.errorLength)) }),
        ]
        if !otherMetrics.isEmpty {
            let values = otherMetrics.map { ($0, SettingValue.number(best?.figure($0))) }
            row["metrics"] = .object(Dictionary(values) { first, _ in first })
        }
        if let short = record.infeasible { row["infeasible"] = .string(short) }
        if let job { row["job"] = job.json }
        if trial.trial.confirms {
            row["confirms"] = trial.trial.confirmed.map { .int($0.number) } ?? .string("baseline")
            row["seed"] = .integer(record.seed)
        }
        return .object(row)
    }

    /// - Parameter text: lower case.
    func contains(_ text: String) -> Bool {
        "\(record.number)" == text || record.state.rawValue.contains(text)
            || job?.standing.lowercased().contains(text) ?? false || record.assignment.summary.lowercased().contains(text)
            || record.error?.lowercased().contains(text) ?? false
    }

    /// nil: it has no such value.
    func key(_ name: String) -> SortKey? {
        switch name {
        case "state": .word(record.state.rawValue)
        case "value": value.map(SortKey.number)
        case "reports": .number(Double(trial.reports.count))
        case "seconds": .number(record.seconds)
        case "started_at": record.startedAt.map(SortKey.number)
        case "launches": .number(Double(record.launches))
        default:
            if let value = record.assignment[name] {
                value.number.map(SortKey.number) ?? .word("\(value)")
            } else {
                best?.figure(name).map(SortKey.number)
            }
        }
    }
}
