import Confirmations
import Controller
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import StudyViews

/// Follows a study that another process runs; it only reads.
struct StudyWatch {
    let store: StudyStore
    /// Says how the study stands before its changes are told.
    let title: (StudyStatus) -> Void

    /// Returns once nobody runs the study; Ctrl-C ends the process with 130.
    func run() async throws {
        guard StudyLock.holder(of: store.folder) != nil else { return }
        let clock = ContinuousClock()
        var table = try TrialTable(store)
        var sign: [Double] = []
        let display = try makeDisplay(table)
        if let event = StudyChanges.confirming(table) { display.show(event) }
        display.show(.open(StudyChanges.open(table)))
        for event in StudyChanges.jobs(from: [:], to: table.jobs) { display.show(event) }
        let signals = StopSignals { _ in
            display.close()
            exit(130)
        }
        if !Console.drawsOn(STDOUT_FILENO) { title(try StudyStatus(store, now: Date().timeIntervalSince1970)) }
        // A reader that went away ends this one as it ends any other filter.
        signal(SIGPIPE, SIG_DFL)
        defer { signals.stop() }
        defer { display.close() }
        while true {
            let isRunning = StudyLock.holder(of: store.folder) != nil
            let start = clock.now
            let news = try store.lastSign()
            if news != sign {
                sign = news
                var next = table
                next.take(try store.news(since: table.mark, atMost: .max))
                display.begin(next.history)
                for event in StudyChanges.events(from: table, to: next) { display.show(event) }
                for event in StudyChanges.jobs(from: table.jobs, to: next.jobs) { display.show(event) }
                table = next
            }
            guard isRunning else { return }
            // A study that takes long to read is read the less often.
            try await Task.sleep(for: max(.milliseconds(300), (clock.now - start) * 4))
        }
    }

    private func makeDisplay(_ table: TrialTable) throws -> any Display {
        let study = table.study
        var specification = try store.spaceFile(of: study).specification
        specification.metric = study.metric(as: specification.metric)
        (specification.name, specification.runCap, specification.workers) = (study.name, study.runCap, study.workers)
        guard Console.drawsOn(STDOUT_FILENO) else {
            return PlainDisplay(specification: specification, folder: store.folder, stream: STDOUT_FILENO)
        }
        let begin = try store.lastSign().last ?? 0
        let now = Date().timeIntervalSince1970
        // A damaged store may have any number for a time.
        func duration(_ seconds: Double) -> Duration { .seconds(abs(seconds) < 1e12 ? seconds : 0) }
        let start = RunStart(
            reports: try store.reportCounts(at: begin), seconds: max(0, try store.seconds(runningUntil: now) - (now - begin)))
        let display = LiveDisplay(
            specification: specification, start: start, stream: STDOUT_FILENO, begun: duration(now - begin))
        display.begin(table.history)
        for record in table.trials.map(\.record) where record.launchedAt ?? record.startedAt ?? 0 >= begin {
            let launch = (record.launchedAt ?? record.startedAt ?? begin) - begin
            display.note(.launched(table.history[record.id]), at: duration(launch))
        }
        return display
    }
}

/// What happened between two looks at a study.
enum StudyChanges {
    private static func named(_ old: StudyRecord, _ new: StudyRecord) -> [StudyEvent] {
        old.metric == new.metric ? [] : [.named(Metric(name: new.metric, goal: new.goal))]
    }

    /// What is being confirmed; nil: nothing is, or all has been.
    static func confirming(_ table: TrialTable) -> StudyEvent? {
        guard let plan = table.study.confirmation, plan.searched == table.history.trials.count else { return nil }
        let race = ConfirmationRace(plan, in: table.history)
        return race.isOver ? nil : .confirming(plan, candidates: race.candidates.count)
    }

    /// What was asked for and is still to come.
    static func open(_ table: TrialTable) -> OpenRequests {
        OpenRequests(
            queued: table.requests.queue(after: table.history).count,
            pruning: table.requests.pruning(in: table.history).keys.sorted())
    }

    /// What was asked, and what is still to come of it.
    private static func requests(_ old: TrialTable, _ new: TrialTable) -> [StudyEvent] {
        let answered = new.requests.requests.filter { $0.answer != nil && old.requests[$0.number]?.answer == nil }
        let open = open(new)
        return answered.map { .answered($0) } + (open == Self.open(old) ? [] : [.open(open)])
    }

    static func jobs(from old: [Trial.ID: JobRecord], to new: [Trial.ID: JobRecord]) -> [StudyEvent] {
        new.keys.sorted().filter { old[$0] != new[$0] }.compactMap { new[$0].map(StudyEvent.job) }
    }

    /// In the order of the trials' numbers; within a trial in that of its life.
    static func events(from old: TrialTable, to new: TrialTable) -> [StudyEvent] {
        named(old.study, new.study)
            + (old.study.confirmation == new.study.confirmation ? [] : [confirming(new)].compactMap(\.self))
            + requests(old, new)
            + new.trials.flatMap { recorded -> [StudyEvent] in
                let (record, reports) = (recorded.record, recorded.reports)
                let trial = new.history[record.id]
                let before = old.history.contains(record.id) ? old.history[record.id] : nil
                guard before != trial else { return [] }
                let known = before?.reports.count ?? 0
                var events: [StudyEvent] = []
                let isLaunched = trial.launches > before?.launches ?? 0
                if isLaunched {
                    var launched = trial
                    launched.reports = Array(reports.prefix(known))
                    events.append(.launched(launched))
                }
                events += reports.dropFirst(known).map { .reported(record.id, $0) }
                if trial.state != .running, trial.launches > 0, isLaunched || trial.state != before?.state {
                    events.append(.settled(trial, error: record.error))
                }
                return events
            }
    }
}
