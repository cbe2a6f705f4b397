package import Studies
import TrainerSettings

/// The trials that confirm others, as a table for people.
package enum ConfirmationLines {
    package static func render(_ trials: [Trial], of history: History) -> String {
        let rows =
            [["trial", "state", "confirms", "seed", "value", "reports"]]
            + trials.map { trial in
                [
                    "\(trial.id)", trial.standing, trial.confirmed.map { "trial \($0)" } ?? "the baseline",
                    trial.seed.map { String($0) } ?? "-",
                    trial.best(history.goal).map { SettingValue.short($0.value) } ?? "-", String(trial.reports.count),
                ]
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { $1.padded(widths[$0], left: ![1, 2].contains($0)) }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
