import Studies
import StudyStore
package import TrainerSettings

extension TrialTable {
    /// Every report of every trial as a line (RFC 4180): a column a figure.
    package var reportsCSV: String {
        let figures = Set(trials.lazy.flatMap(\.reports).flatMap(\.metrics.keys)).sorted()
        let details = Set(trials.lazy.flatMap(\.reports).flatMap(\.details.keys)).sorted()
        let names = ["trial", "iter", "step", "reported_at", "value"] + figures + details
        // A figure that is called like a column before it has `metrics.` before its name.
        let header = names.enumerated().map { names[..<$0].contains($1) ? "metrics.\($1)" : $1 }
        var lines = [header.map(Self.field).joined(separator: ",")]
        for trial in trials {
            for (report, time) in zip(trial.reports, trial.reportedAt) {
                let own = [
                    "\(trial.record.number)", "\(report.iter)", report.step.map { "\($0)" } ?? "", "\(time)", "\(report.value)",
                ]
                let others = figures.map { report.metrics[$0].map { "\($0)" } ?? "" } + details.map { report.details[$0] ?? "" }
                lines.append((own + others).map(Self.field).joined(separator: ","))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Each trial as an object without its reports, for JSON lines.
    package var trialObjects: [SettingValue] {
        guard case .array(let trials) = json else { return [] }
        return trials.map { trial in
            guard case .object(var entries) = trial else { return trial }
            entries["reports"] = nil
            return .object(entries)
        }
    }

    /// Each report as an object with its trial's number, for JSON lines.
    package var reportObjects: [SettingValue] {
        trials.flatMap { trial in
            zip(trial.reports, trial.reportedAt).map { report, time in
                guard case .object(var entries) = Self.json(report) else { return .null }
                entries["trial"] = .int(trial.record.number)
                entries["reported_at"] = .time(time)
                return .object(entries)
            }
        }
    }
}
