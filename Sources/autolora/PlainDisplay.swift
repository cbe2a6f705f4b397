import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import Synchronization
import TrainerSettings

/// A line for each launch, for each end of one, and for each new best: what a log file wants.
final class PlainDisplay: Display {
    fileprivate struct State {
        var specification: StudySpecification
        var picture: StudyPicture
        /// What the best had reached when it was last looked for, which takes a look at every trial; nil: it is to be looked for.
        var bar: Double?
        /// nil: nothing is confirmed yet.
        var pace: ConfirmationPace?
        var wait = QueueWait()
    }

    private let state: Mutex<State>
    private let timer = Mutex<Task<Void, any Error>?>(nil)
    private let start = ContinuousClock.now
    private let folder: StudyFolder
    private let stream: Int32

    init(specification: StudySpecification, folder: StudyFolder, stream: Int32 = STDERR_FILENO) {
        let history = History(specification.metric, otherMetrics: specification.otherMetrics)
        state = Mutex(State(specification: specification, picture: StudyPicture(history)))
        self.folder = folder
        self.stream = stream
        timer.withLock { timer in
            timer = Task { [weak self] in
                while true {
                    try await Task.sleep(for: .seconds(10))
                    self?.tellOfWaiting()
                }
            }
        }
    }

    /// A log that nothing is added to looks like a run that hangs.
    private func tellOfWaiting() {
        let line = state.withLock { $0.wait.line(at: Date().timeIntervalSince1970) }
        if let line { Console.draw(line.printable + "\n", on: stream) }
    }

    func begin(_ history: History) {
        state.withLock {
            ($0.picture, $0.bar) = (StudyPicture(history), nil)
            $0.wait.begin(history)
        }
    }

    func show(_ event: StudyEvent) {
        let line = state.withLock { state -> String? in
            if case .named(let metric) = event { state.specification.metric = metric }
            state.picture.take(event)
            state.wait.note(event)
            guard state.isWorthALook(event) else { return nil }
            let line = Self.line(for: event, state.picture.history, state.specification, folder)
            let pace = state.pace(after: event, at: start.duration(to: .now))
            return line.map { $0 + (pace.map { " (\($0))" } ?? "") }
        }
        if let line { Console.draw(line.printable + "\n", on: stream) }
    }

    func skip(_ count: Int) { Console.draw("... \(count) events came faster than they could be shown\n", on: stream) }

    func close() {
        timer.withLock { $0?.cancel() }
        Console.flush(within: .seconds(1))
    }

    static func line(
        for event: StudyEvent, _ history: History, _ specification: StudySpecification, _ folder: StudyFolder? = nil
    ) -> String? {
        let metric = specification.metric.name
        switch event {
        case .launched(let trial, let reason):
            let goal = trial.nextStop.map { " up to report \($0)" } ?? ""
            if let reason { return "trial \(trial.id) starts over\(goal), as \(reason)" }
            if trial.confirms, trial.launches == 1 {
                let name = trial.confirmed.map { "trial \($0)" } ?? "the baseline"
                return "trial \(trial.id) starts, to confirm \(name) with seed \(trial.seed ?? 0)\(trial.assignment.clause)"
            }
            guard trial.launches == 1 else {
                let way = trial.reports.isEmpty ? "is launched again" : "goes on after report \(trial.reports.count)"
                return "trial \(trial.id) \(way)\(goal)"
            }
            return "trial \(trial.id) of \(specification.trialCount) starts\(goal)\(trial.assignment.clause)"
        case .reported(let id, let report):
            if let words = warning(of: report, specification) { return "trial \(id) \(words)" }
            let members = history.hasSeveralMetrics ? history.front : history.best.map { [$0] } ?? []
            guard let place = members.firstIndex(where: { $0.trial.id == id && $0.report.iter == report.iter }) else {
                return nil
            }
            let figures = zip(specification.metrics, history.values(of: report))
                .map { "\($0.name) \(SettingValue.short($1))" }.joined(separator: ", ")
            return "trial \(id) report \(report.iter): \(figures) (\(place == 0 ? "best so far" : "on the front"))"
        case .settled(let trial, let error):
            let told = error.map { folder?.shownError($0, of: trial) ?? $0 }
            return "trial \(trial.id) \(trial.standing) after report \(trial.reports.count): "
                + (told ?? result(of: trial, history.goal, metric))
        case .amended, .recovered: return nil
        case .takenUp(let trial):
            return
                "trial \(trial.id) goes on: its job has outlived the last run, \(trial.reports.count) reports on record so far"
        case .job(let job): return job.news
        case .confirming(let plan, let candidates): return words(forConfirming: candidates, plan.seeds.count)
        case .named(let metric): return words(for: metric)
        case .noticed(let id, let text): return "trial \(id): \(text)"
        case .refused(let count):
            return "\(count) configuration\(count == 1 ? "" : "s") passed over: a constraint or the memory forbids them"
        case .waiting(let text): return text
        case .stopping(let reason): return Self.words(for: reason, specification)
        case .answered(let request): return request.words
        case .open: return nil
        }
    }

    /// What a trial has come to: its best, and its latest where that is no number.
    private static func result(of trial: Trial, _ goal: Goal, _ metric: String) -> String {
        let best = trial.best(goal).map { SettingValue.short($0.value) }
        guard let latest = trial.reports.last, !latest.value.isFinite else {
            return best.map { "\(metric) \($0)" } ?? "no \(metric)"
        }
        return "\(metric) \(SettingValue.short(latest.value))" + (best.map { ", best before \($0)" } ?? "")
    }

    /// What to know of a value that is no finite number; nil: it is one.
    static func warning(of report: Report, _ specification: StudySpecification) -> String? {
        guard !report.value.isFinite else { return nil }
        return
            "report \(report.iter): warning: \(specification.metric.name) is \(SettingValue.short(report.value)), no finite number:"
            + " it never wins, and a trial whose latest report it is is not promoted"
    }

    static func words(forConfirming candidates: Int, _ seeds: Int) -> String {
        "the search is over: \(candidates) configuration\(candidates == 1 ? "" : "s") are confirmed, with up to \(seeds) seeds each; who is"
            + " clearly behind gets fewer"
    }

    static func words(for metric: Metric) -> String {
        "the space file names no metric: trials are compared by \(metric.name), the first figure that one reported, to "
            + "\(metric.goal.rawValue); write metric: {name: ..., goal: ...} for another"
    }

    static func words(for reason: StopReason, _ specification: StudySpecification) -> String {
        switch reason {
        case .detached: "leaving: jobs go on, and are taken up by autolora resume \(specification.name)"
        case .interrupted: "stopping; again to stop at once; then: autolora resume \(specification.name)"
        case .timeUp: "time is up: waiting for the trials to end"
        case .targetReached(let value): "target reached: \(SettingValue.short(value))"
        case .storeFailed(let reason), .obstructed(let reason), .failing(let reason): "stopping: \(reason)"
        }
    }
}

extension PlainDisplay.State {
    /// How far the confirmation is; nil: the event does not change that.
    fileprivate mutating func pace(after event: StudyEvent, at time: Duration) -> String? {
        switch event {
        case .confirming(let plan, candidates: _):
            pace = ConfirmationPace(plan, of: specification, in: picture.history, at: time)
            return nil
        case .settled(let trial, error: _) where trial.confirms:
            pace?.look(at: picture.history)
            return pace.map { "confirmation: \($0.text(picture.history, at: time))" }
        default: return nil
        }
    }

    /// Whether an event can have a line: most reports are below the best.
    fileprivate mutating func isWorthALook(_ event: StudyEvent) -> Bool {
        guard !picture.history.hasSeveralMetrics, picture.history.constraints.isEmpty else { return true }
        let goal = picture.history.goal
        switch event {
        case .reported(_, let report) where !report.value.isFinite: return true
        case .reported(_, let report):
            if let bar, goal.prefers(bar, to: report.value) { return false }
            bar = picture.history.best?.report.value
        case .settled(let trial, _) where trial.state == .failed:
            if trial.best(goal)?.value == bar { bar = nil }
        default: break
        }
        return true
    }
}
