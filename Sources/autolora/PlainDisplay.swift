import StudyStore
import Controller
import Foundation
import SearchSpaces
import Studies
import TrainerSettings

/// A line for each launch, for each end of one, and for each new best: what a log file wants.
struct PlainDisplay: Display {
    let specification: StudySpecification
    var stream = STDERR_FILENO

    func show(_ event: StudyEvent, _ history: History) {
        if let line = Self.line(for: event, history, specification) { Console.draw(line + "\n", on: stream) }
    }

    func close() {}

    static func line(for event: StudyEvent, _ history: History, _ specification: StudySpecification) -> String? {
        let metric = specification.metric.name
        switch event {
        case .launched(let trial):
            let goal = trial.milestone.map { " up to report \($0)" } ?? ""
            guard trial.launches == 1 else { return "trial \(trial.id) goes on after report \(trial.reports.count)\(goal)" }
            return "trial \(trial.id) of \(specification.trialCount) starts\(goal): \(trial.assignment.summary)"
        case .reported(let id, let report):
            let members = history.hasSeveralMetrics ? history.front : history.best.map { [$0] } ?? []
            guard let place = members.firstIndex(where: { $0.trial.id == id && $0.report.iter == report.iter }) else {
                return nil
            }
            let figures = zip(specification.metrics, history.values(of: report))
                .map { "\($0.name) \(SettingValue.short($1))" }.joined(separator: ", ")
            return "trial \(id) report \(report.iter): \(figures) (\(place == 0 ? "best so far" : "on the front"))"
        case .settled(let trial, let error):
            let value = trial.best(history.goal).map { "\(metric) \(SettingValue.short($0.value))" } ?? "no \(metric)"
            return "trial \(trial.id) \(trial.state.rawValue) after report \(trial.reports.count): \(error ?? value)"
        case .refused(let count):
            return "\(count) configuration\(count == 1 ? "" : "s") passed over: a constraint forbids them"
        case .stopping(let reason): return Self.words(for: reason, specification)
        }
    }

    static func words(for reason: StopReason, _ specification: StudySpecification) -> String {
        switch reason {
        case .interrupted: "stopping; again to stop at once; then: autolora resume \(specification.name)"
        case .timeUp: "time is up: waiting for the trials to end"
        case .targetReached(let value): "target reached: \(SettingValue.short(value))"
        case .storeFailed(let reason), .obstructed(let reason), .failing(let reason): "stopping: \(reason)"
        }
    }
}
