import SearchSpaces
package import Studies
import TrainerSettings

/// Trials as a table for people: a line each.
package enum TrialLines {
    package static func render(_ trials: [Trial], of history: History) -> String {
        let others = history.otherMetrics.map(\.name)
        let head = ["trial", "state"] + (others.isEmpty ? [] : ["front"]) + ["value"] + others + ["reports", "parameters"]
        let front = Set(others.isEmpty ? [] : history.front.map { $0.trial.id })
        let rows = trials.map { trial -> [String] in
            let best = trial.best(history.goal)
            let values = best.map(history.values(of:)) ?? Array(repeating: .nan, count: others.count + 1)
            // Where no report was a number, the latest tells what they were.
            let latest = best == nil ? trial.reports.last.map { SettingValue.short($0.value) } : nil
            let shown = values.enumerated().map { place, value in
                (place == 0 ? latest : nil) ?? (value.isNaN ? "-" : SettingValue.short(value))
            }
            return [String(trial.id.number), trial.state.rawValue + (history.isFeasible(trial) ? "" : ", infeasible")]
                + (others.isEmpty ? [] : [front.contains(trial.id) ? "*" : ""])
                + shown
                + [String(trial.reports.count), trial.assignment.summary.printable]
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        return ([head] + rows).map { row in
            row.enumerated().map { column, text in
                column == row.count - 1 ? text : text.padded(widths[column], left: column != 1)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
