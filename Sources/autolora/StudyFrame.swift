import StudyStore
import Controller
import Foundation
import SearchSpaces
import Studies
import TrainerSettings

/// What the live display says, line by line; pure, so that it can be tested without a terminal.
struct StudyFrame {
    let specification: StudySpecification
    /// When each running trial was launched.
    private var launches: [Trial.ID: Duration] = [:]
    /// Trials that had been started before this run, which tell nothing of its pace.
    private var startedBefore: Int?
    private var message: String?

    init(specification: StudySpecification) {
        self.specification = specification
    }

    mutating func note(_ event: StudyEvent, at time: Duration) {
        switch event {
        case .launched(let trial):
            if startedBefore == nil { startedBefore = trial.id.number }
            launches[trial.id] = time
        case .settled(let trial, let error):
            launches[trial.id] = nil
            if let error { message = "trial \(trial.id) \(trial.state.rawValue): \(error)" }
        case .noticed(let id, let text): message = "trial \(id): \(text)"
        case .refused(let count): message = "\(count) configurations passed over: a constraint forbids them"
        case .stopping(let reason): message = PlainDisplay.words(for: reason, specification)
        case .reported: break
        }
    }

    /// - Parameter time: since the run began.
    func lines(_ history: History, at time: Duration) -> [String] {
        let states = Trial.State.allCases.map { state in (state, history.trials.count { $0.state == state }) }
        var lines = [
            "\(specification.name)  \(history.trials.count) of \(specification.trialCount) trials  "
                + states.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", "),
            "worked \(Self.text(time))" + (timeLeft(history, at: time).map { ", about \(Self.text($0)) left" } ?? ""),
        ]
        if let (trial, report) = history.best {
            let value = "\(specification.metric.name) \(SettingValue.short(report.value))"
            let front = history.hasSeveralMetrics ? "  of \(history.front.count) on the front" : ""
            lines.append("best  trial \(trial.id)  \(value)\(front)  \(trial.assignment.summary)")
        } else {
            lines.append("best  none yet")
        }
        for trial in history.trials where trial.state == .running { lines.append(line(for: trial, history, at: time)) }
        if let message { lines.append(message) }
        return lines
    }

    private func line(for trial: Trial, _ history: History, at time: Duration) -> String {
        let rung = trial.milestone ?? 0
        let done = trial.reports.count
        let width = 16
        let filled = rung > 0 ? min(width, done * width / rung) : 0
        let bar =
            rung > 0 ? "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "] " : ""
        let value = trial.reports.last.map { SettingValue.short($0.value) } ?? "-"
        let seconds = launches[trial.id].map { Self.text(time - $0) } ?? ""
        let progress = rung > 0 ? "\(done)/\(rung)" : "\(done) reports"
        return "  trial \(trial.id)  \(bar)\(progress)  \(value)  \(seconds)  \(trial.assignment.summary)"
    }

    /// From the pace of this run, once a few trials have been weighed.
    private func timeLeft(_ history: History, at time: Duration) -> Duration? {
        let settled = history.trials.dropFirst(startedBefore ?? 0).count { $0.state != .running && $0.state != .waiting }
        let rest = specification.trialCount - (startedBefore ?? 0) - settled
        var left = settled >= 2 && rest > 0 ? time / settled * rest : nil
        if let cap = specification.timeCap {
            let capLeft = Duration.seconds(cap) - time
            left = left.map { min($0, max(.zero, capLeft)) }
        }
        return left
    }

    /// Seconds from a store, where a damaged one may have any number.
    static func text(seconds: Double) -> String { text(.seconds((0...1e12).contains(seconds) ? seconds : 0)) }

    static func text(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m \(seconds % 60)s" }
        return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
    }
}
