import SearchSpaces
package import Studies
package import StudyStore
import TrainerSettings

/// Trials as a table for people: a line each.
package enum TrialLines {
    /// - Parameters:
    ///   - tags: by trial.
    ///   - jobs: of launches that are not over, by trial.
    package static func render(
        _ trials: [Trial], of history: History, tags: [Trial.ID?: [RequestLog.Mark]] = [:], jobs: [Trial.ID: JobRecord] = [:]
    ) -> String {
        let columns = columns(of: history, tags, jobs)
        let rows = [columns.map(\.name)] + trials.map { trial in columns.map { $0.text(trial) } }
        let widths = columns.indices.map { place in rows.map { $0[place].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { place, text in
                place == row.count - 1 ? text : text.padded(widths[place], left: !columns[place].isWord)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private struct Column {
        let name: String
        /// Words stand on the left of their column, numbers on the right.
        var isWord = false
        let text: (Trial) -> String
    }

    private static func columns(
        of history: History, _ tags: [Trial.ID?: [RequestLog.Mark]], _ jobs: [Trial.ID: JobRecord]
    ) -> [Column] {
        let front = Set(history.hasSeveralMetrics ? history.front.map { $0.trial.id } : [])
        let always = [
            Column(name: "trial") { String($0.id.number) },
            Column(name: "state", isWord: true) {
                (jobs[$0.id]?.standing ?? $0.standing) + (history.isFeasible($0) ? "" : ", infeasible")
            },
        ]
        let onFront = history.hasSeveralMetrics ? [Column(name: "front") { front.contains($0.id) ? "*" : "" }] : []
        let others = history.otherMetrics.flatMap { metric in
            [Column(name: metric.name) { short($0.best(history.goal)?.figure(metric.name)) }]
                + errors(history) { $0.standardError(of: metric.name) }
        }
        let own = [Column(name: "value") { value(of: $0, history) }] + errors(history, history.standardError)
        let tagged =
            tags.keys.contains { $0 != nil }
            ? [Column(name: "tags", isWord: true) { tags[$0.id]?.map(\.text).joined(separator: " ") ?? "" }] : []
        return always + onFront + own + others + tagged + [
            Column(name: "reports") { String($0.reports.count) },
            Column(name: "parameters", isWord: true) { $0.assignment.summary.printable },
        ]
    }

    /// A column of a metric's standard errors, where any trial tells of one.
    private static func errors(_ history: History, _ error: @escaping (Report) -> Double?) -> [Column] {
        func text(_ trial: Trial) -> String { trial.best(history.goal).flatMap(error).map(Measured.rounded) ?? "" }
        return history.trials.contains { !text($0).isEmpty } ? [Column(name: "±", text: text)] : []
    }

    /// Its best value. Where no report was a number, the latest tells what they were.
    private static func value(of trial: Trial, _ history: History) -> String {
        guard let best = trial.best(history.goal) else { return trial.reports.last.map { SettingValue.short($0.value) } ?? "-" }
        return short(best.value)
    }

    private static func short(_ value: Double?) -> String {
        guard let value, !value.isNaN else { return "-" }
        return SettingValue.short(value)
    }
}
