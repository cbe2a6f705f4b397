import Confirmations
import SearchSpaces
package import Studies
package import StudyStore
package import TrainerSettings

/// The trial that a study found best, or another one that was asked for.
package struct BestTrial: Sendable {
    package let trial: Trial
    package let report: Report
    /// What it reached on data that no trial has seen; nil: not measured.
    package let test: [String: Double]?
    /// The folder with its adapter; nil: it left none.
    package let adapter: String?
    /// nil: the study is after one metric.
    package let front: ParetoFront?
    /// What the search's best may owe to luck; nil for a trial that was asked for.
    package let noise: ChoiceNoise?
    /// Of the trial's value; nil: it tells of none.
    package let standardError: Double?
    /// What is known of the configuration, once it is confirmed; the trial is then the one with the best of its seeds.
    package let confirmed: ConfirmedStudy?
    /// What has been confirmed, or is, whether or not its choice holds; nil: nothing, or the trial was asked for.
    package let confirmation: ConfirmedStudy?
    /// What was asked of the study; the trial's notes and tags are among it.
    package let requests: RequestLog
    /// The base model's whole path, or its name on the hub; nil: its adapter's files name it already as they should.
    package var modelName: String?

    /// - Throws: `StudyViewError` where the study has no such trial or it has reported nothing.
    package init(_ store: StudyStore, trial number: Int? = nil) throws {
        let (study, history) = (try store.study(), try store.history())
        requests = try store.requests()
        confirmation = number == nil ? try ConfirmedStudy(store) : nil
        let choice = confirmation?.choice?.representative(study.goal)
        confirmed = choice == nil ? nil : confirmation
        if let number {
            guard history.contains(Trial.ID(number)) else {
                let count = history.trials.count + history.confirmations.count
                throw StudyViewError("study '\(study.name)' has no trial \(number); it has \(count), from 0")
            }
            trial = history[Trial.ID(number)]
            guard let report = trial.best(study.goal) else {
                throw StudyViewError("trial \(number) of study '\(study.name)' has reported no number for \(study.metric)")
            }
            self.report = report
        } else if let choice {
            (trial, report) = choice
        } else {
            guard let best = history.best else {
                if let problem = InfeasibleStudy(history)?.text { throw StudyViewError("study '\(study.name)': \(problem)") }
                let ranOut = history.trials.count { $0.outOfMemory != nil }
                throw StudyViewError(
                    "no trial of study '\(study.name)' has reported a number for \(study.metric) yet"
                        + (ranOut > 0 ? "; \(ranOut) of \(history.trials.count) ran out of memory" : ""))
            }
            (trial, report) = best
        }
        test =
            study.testedTrial == trial.id.number ? study.testMetrics : try store.trial(trial.id)?.testMetrics
        adapter = store.folder.keptAdapter(of: trial.id)
        front = ParetoFront(study, history, in: store.folder)
        noise = number == nil ? ChoiceNoise(history) : nil
        standardError = history.standardError(of: report)
    }

    package var json: SettingValue {
        var best: [String: SettingValue] = [
            "trial": .int(trial.id.number), "value": .double(report.value), "step": .integer(report.step),
            "parameters": .object(trial.assignment.values),
            "metrics": .object(report.metrics.mapValues(SettingValue.double)),
            "test": test.map { .object($0.mapValues(SettingValue.double)) } ?? .null, "adapter": .text(adapter),
        ]
        if let noise { best.merge(noise.json) { own, _ in own } }
        // Of the value that is shown, which may be a confirmation's.
        if noise != nil { best["standard_error"] = standardError.map { .double($0) } }
        if let note = trial.unfinished { best["note"] = .string(note) }
        if let front { best["front"] = front.json }
        best.merge(requests.json(on: trial.id)) { own, _ in own }
        if let confirmation = confirmation?.summaryJSON { best["confirmation"] = confirmation }
        return .object(best)
    }
}
