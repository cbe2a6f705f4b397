import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// What the live display says, line by line; pure, so that it can be tested without a terminal.
struct StudyFrame {
    private(set) var specification: StudySpecification
    private let start: RunStart
    private var timeLeft: TimeLeft
    /// When each running trial was launched.
    private var launches: [Trial.ID: Duration] = [:]
    /// Of launches that are not over.
    private var jobs: [Trial.ID: JobRecord] = [:]
    private var message: String?
    /// What was asked for and is still to come.
    private var open = OpenRequests()
    /// nil: nothing is confirmed yet.
    private var pace: ConfirmationPace?

    init(specification: StudySpecification, start: RunStart = RunStart()) {
        self.specification = specification
        self.start = start
        timeLeft = TimeLeft(specification, start: start)
    }

    /// - Parameters:
    ///   - time: since the run began.
    ///   - history: after the event.
    mutating func note(_ event: StudyEvent, at time: Duration, _ history: History) {
        switch event {
        case .launched(let trial, let reason):
            launches[trial.id] = time
            if let reason { message = "trial \(trial.id) starts over, as \(reason)" }
        case .settled(let trial, let error):
            (launches[trial.id], jobs[trial.id]) = (nil, nil)
            if trial.confirms { pace?.look(at: history) } else { timeLeft.note(trial) }
            if let error { message = "trial \(trial.id) \(trial.standing): \(error)" }
        case .amended, .recovered: break
        case .takenUp(let trial): launches[trial.id] = time
        case .job(let job):
            let id = Trial.ID(job.trial)
            // What counts is the time that it runs.
            if job.phase == "running", jobs[id]?.phase != "running" { launches[id] = time }
            jobs[id] = job
        case .named(let metric):
            specification.metric = metric
            message = PlainDisplay.words(for: metric)
        case .noticed(let id, let text): message = "trial \(id): \(text)"
        case .refused(let count): message = "\(count) configurations passed over: a constraint or the memory forbids them"
        case .waiting(let text): message = text
        case .confirming(let plan, let candidates):
            message = PlainDisplay.words(forConfirming: candidates, plan.seeds.count)
            pace = ConfirmationPace(plan, of: specification, in: history, at: time)
        case .stopping(let reason): message = PlainDisplay.words(for: reason, specification)
        case .answered(let request): message = request.words
        case .open(let open): self.open = open
        case .reported(let id, let report):
            if let words = PlainDisplay.warning(of: report, specification) { message = "trial \(id) \(words)" }
        }
    }

    /// - Parameters:
    ///   - time: since the run began.
    ///   - width: columns of the terminal.
    func lines(_ history: History, at time: Duration, width: Int = .max) -> [String] {
        let states = Trial.State.allCases.map { state in (state, history.trials.count { $0.state == state }) }
        let pending = jobs.values.count { $0.isPending }
        let worked = TimeSpan.text(seconds: start.seconds + time / .seconds(1))
        var lines = [
            Self.row([
                specification.name, "\(history.trials.count) of \(specification.trialCount) trials",
                states.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
                    + (pending > 0 ? " (\(pending) pending)" : ""),
            ]),
            "worked \(worked)"
                + (pace == nil ? timeLeft.estimate(history, at: time).map { ", about \(TimeSpan.text($0)) left" } ?? "" : ""),
        ]
        let layout = ParameterColumns(history, width: width)
        if let (trial, report) = history.best {
            let value = "\(specification.metric.name) \(SettingValue.short(report.value))"
            let front = history.hasSeveralMetrics ? "  of \(history.front.count) on the front" : ""
            lines += layout.lines("best  trial \(trial.id)  \(value)\(front)", trial.assignment)
        } else {
            lines.append("best  none yet")
        }
        if let asked = open.words { lines.append("asked for  \(asked)") }
        if let pace { lines.append("confirming  \(pace.text(history, at: time))") }
        for trial in history.trials + history.confirmations where trial.state == .running {
            lines += layout.lines(progress(of: trial, at: time, width: width), trial.assignment)
        }
        if let message { lines.append(message) }
        return lines
    }

    private func progress(of trial: Trial, at time: Duration, width: Int) -> String {
        let rung = trial.nextStop ?? 0
        let done = trial.reports.count
        let length = width < 80 ? 6 : 16
        let filled = rung > 0 ? min(length, done * length / rung) : 0
        let bar =
            rung > 0 ? "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: length - filled) + "] " : ""
        let value = trial.reports.last.map { SettingValue.short($0.value) } ?? "-"
        if let job = jobs[trial.id], job.isPending { return "  " + Self.row(["trial \(trial.id)", job.standing]) }
        let seconds = launches[trial.id].map { TimeSpan.text(time - $0) } ?? ""
        let progress = rung > 0 ? "\(done)/\(rung)" : "\(done) reports"
        return "  " + Self.row(["trial \(trial.id)", bar + progress, value, seconds, jobs[trial.id]?.node ?? ""])
    }

    /// What there is of it, two blanks apart.
    fileprivate static func row(_ parts: [String]) -> String { parts.filter { !$0.isEmpty }.joined(separator: "  ") }
}

extension OpenRequests {
    /// nil: there is nothing.
    fileprivate var words: String? {
        let waiting = queued > 0 ? "\(queued) configuration\(queued == 1 ? " waits" : "s wait") to be started" : nil
        let names = pruning.map { "\($0)" }.joined(separator: ", ")
        let ending = pruning.isEmpty ? nil : "trial\(pruning.count == 1 ? "" : "s") \(names) being pruned"
        let words = [waiting, ending].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

/// A trial's parameters beside what else a line says: all where they fit, else those that differ between trials, on lines of their
/// own where they must.
struct ParameterColumns {
    private let width: Int
    /// Names whose values are not the same in every trial.
    private let differing: Set<String>

    init(_ history: History, width: Int) {
        self.width = width
        let assignments = history.trials.map(\.assignment)
        let names = Set(assignments.flatMap(\.values.keys))
        differing = width == .max ? names : names.filter { name in assignments.contains { $0[name] != assignments[0][name] } }
    }

    func lines(_ head: String, _ assignment: Assignment) -> [String] {
        let whole = StudyFrame.row([head, assignment.summary])
        if whole.count <= width { return [whole] }
        let values = assignment.values.filter { differing.isEmpty || differing.contains($0.key) }
        let parts = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let short = StudyFrame.row([head, parts.joined(separator: " ")])
        if short.count <= width { return [short] }
        var lines = [head]
        for part in parts {
            let isFirst = lines.count == 1
            if isFirst || lines[lines.count - 1].count + 1 + part.count > width {
                lines.append("      " + part)
            } else {
                lines[lines.count - 1] += " " + part
            }
        }
        return lines
    }
}
