package import SearchSpaces
package import Studies
package import StudyStore
import TrainerSettings

/// The trials of a study of several metrics that no other one beats in all of them, the best by the first metric first.
package struct ParetoFront: Sendable {
    package let members: [(trial: Trial, report: Report)]
    private let study: StudyRecord
    private let history: History
    private let folder: StudyFolder

    /// nil for a study of one metric.
    package init?(_ study: StudyRecord, _ history: History, in folder: StudyFolder) {
        guard history.hasSeveralMetrics else { return nil }
        (members, self.study, self.history, self.folder) = (history.front, study, history, folder)
    }

    package var numbers: [Int] { members.map { $0.trial.id.number } }

    /// All the study's metrics, its own first.
    package var metrics: [Metric] { [Metric(name: study.metric, goal: study.goal)] + history.otherMetrics }

    /// What a report reaches in each of them, by name.
    func values(of report: Report) -> SettingValue {
        let values = zip(metrics.map(\.name), history.values(of: report)).map { ($0, SettingValue.double($1)) }
        return .object(Dictionary(values) { first, _ in first })
    }

    /// Of those metrics that have one.
    private func standardErrors(of report: Report) -> [String: SettingValue] {
        let errors = zip(metrics.map(\.name), history.standardErrors(of: report)).compactMap { name, error in
            error.map { (name, SettingValue.double($0)) }
        }
        return Dictionary(errors) { first, _ in first }
    }

    var json: SettingValue {
        .array(
            members.map { trial, report in
                var member: [String: SettingValue] = [
                    "trial": .int(trial.id.number), "values": values(of: report), "step": .integer(report.step),
                    "parameters": .object(trial.assignment.values), "adapter": .text(folder.keptAdapter(of: trial.id)),
                ]
                let errors = standardErrors(of: report)
                if !errors.isEmpty { member["standard_errors"] = .object(errors) }
                return .object(member)
            })
    }
}
