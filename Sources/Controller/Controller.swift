package import SearchSpaces
import Schedulers
package import Strategies
package import Studies
package import StudyStore
package import TrialRunners

/// Runs a study: asks what to try next, launches it, records what comes back before anything is decided from it.
package actor Controller {
    let specification: StudySpecification
    let store: StudyStore
    private(set) var scheduler: any Scheduler
    let preparation: TrialPreparation
    let now: @Sendable () -> Double
    let observe: @Sendable (StudyEvent, History) -> Void
    private let runner: any TrialRunner
    private var suggester: Suggester

    private let runCap: Int
    var history: History
    /// The trials that have a process.
    var lives: [Trial.ID: TrialLife] = [:]
    private var stopping: StopReason?
    private var exhausted: String?
    private let stops: AsyncStream<StopReason>
    nonisolated let stop: AsyncStream<StopReason>.Continuation

    /// - Parameters:
    ///   - specification: with `runCap` and `workers` as this run wants them.
    ///   - now: seconds since 1970.
    ///   - observe: told of everything after it was recorded.
    package init(
        specification: StudySpecification, store: StudyStore, suggester: Suggester,
        runner: any TrialRunner, preparation: TrialPreparation, now: @escaping @Sendable () -> Double,
        observe: @escaping @Sendable (StudyEvent, History) -> Void = { _, _ in }
    ) {
        self.specification = specification
        self.store = store
        self.suggester = suggester
        self.runner = runner
        self.preparation = preparation
        self.now = now
        self.observe = observe
        history = History(goal: specification.metric.goal, otherMetrics: specification.otherMetrics)
        runCap = specification.runCap ?? StudySpecification.defaultRunCap
        scheduler = makeScheduler(specification.earlyTermination, runCap: runCap)
        (stops, stop) = AsyncStream.makeStream(of: StopReason.self)
    }

    /// Ends the run as soon as its processes have ended; the study can be resumed.
    package nonisolated func interrupt() {
        stop.yield(.interrupted)
    }

    /// Works until the study is finished or told to stop.
    ///
    /// - Throws: what the store throws; trials that were running then go on when the study is resumed.
    package func run() async throws -> Outcome {
        try store.beginRun(at: now())
        history = try store.history()
        for trial in history.trials where trial.state == .waiting { try settleIfWeighed(trial) }
        if let reached = history.front.first(where: { history.reachesTargets($0.report, of: specification.metrics) }) {
            stopping = .targetReached(reached.report.value)
            return try conclude()
        }

        try await withThrowingTaskGroup(of: Happening.self) { group in
            group.addTask { [stops] in
                for await reason in stops { return .stop(reason) }
                return .nothing
            }
            if let limit = specification.timeCap {
                group.addTask {
                    do { try await Task.sleep(for: .seconds(limit)) } catch { return .nothing }
                    return .stop(.timeUp)
                }
            }
            try fill(&group)
            while !lives.isEmpty, let happening = try await group.next() {
                switch happening {
                case .nothing: continue
                case .stop(let reason):
                    begin(stopping: reason)
                    group.cancelAll()
                case .ended(let id, let ending): try settle(id, ending)
                }
                if stopping == nil { try fill(&group) }
            }
            group.cancelAll()
        }
        return try conclude()
    }

    private enum Happening: Sendable {
        case ended(Trial.ID, TrialLife.Ending)
        case stop(StopReason)
        case nothing
    }

    private func begin(stopping reason: StopReason) {
        guard stopping == nil else { return }
        stopping = reason
        observe(.stopping(reason), history)
    }

    // MARK: - Launching

    /// Gives every free worker something to do: what was interrupted first, then promotions, then new configurations.
    private func fill(_ group: inout ThrowingTaskGroup<Happening, any Error>) throws {
        while lives.count < specification.workers, let next = try nextLaunch() {
            var life = TrialLife(history[next.trial])
            // A number that a power cut took from the store may have left files.
            if next.isNew { preparation.removeCheckpoint(of: next.trial) }
            let hasCheckpoint = preparation.hasCheckpoint(next.trial)
            _ = life.handle(.launched(fromCheckpoint: hasCheckpoint, milestone: next.milestone))
            let launch = try preparation.prepare(life.trial, resuming: hasCheckpoint)
            if next.isNew { try store.add(life.trial, at: now()) } else { try store.launched(life.trial, at: now()) }
            history[next.trial] = life.trial
            lives[next.trial] = life
            observe(.launched(life.trial), history)
            group.addTask { [runner] in
                .ended(next.trial, await runner.run(launch) { await self.reported(next.trial, $0) })
            }
        }
    }

    /// `isNew`: the store has no such trial yet.
    private typealias NextLaunch = (trial: Trial.ID, milestone: Int?, isNew: Bool)

    private func nextLaunch() throws -> NextLaunch? {
        if let trial = history.trials.first(where: { $0.state == .waiting }) {
            return (trial.id, trial.milestone ?? scheduler.firstMilestone(of: trial.id), false)
        }
        if let promotion = scheduler.promotion(in: history) { return (promotion.trial, promotion.milestone, false) }
        guard history.trials.count < runCap, exhausted == nil else { return nil }
        switch suggester.suggest(after: history) {
        case .exhausted(let reason):
            exhausted = reason
            try store.ranOut(at: now())
            // No bracket waits for trials that will not come.
            scheduler = makeScheduler(specification.earlyTermination, runCap: history.trials.count)
            return scheduler.promotion(in: history).map { ($0.trial, $0.milestone, false) }
        case .assignment(let assignment, let refused):
            let trial = Trial(id: Trial.ID(history.trials.count), assignment: assignment)
            history.trials.append(trial)
            if refused > 0 { observe(.refused(refused), history) }
            return (trial.id, scheduler.firstMilestone(of: trial.id), true)
        }
    }

    // MARK: - Ending

    private func settle(_ id: Trial.ID, _ ending: TrialLife.Ending) throws {
        if Task.isCancelled { begin(stopping: .interrupted) }
        guard var life = lives.removeValue(forKey: id) else { return }
        if case .targetReached = stopping { _ = life.handle(.decided(.stop)) }
        let isCutShort = stopping != nil && !life.isEnding
        let action = life.handle(isCutShort ? .interrupted : .exited(ending))
        guard case .settle(_, let error) = action else { return }
        try settle(life.trial, error: error)
    }

    func settle(_ trial: Trial, error: String? = nil) throws {
        let logTail = trial.state == .failed ? preparation.logTail(of: trial.id) : nil
        try store.settle(trial, error: error, logTail: logTail, at: now())
        history[trial.id] = trial
        if trial.state.isFinal { preparation.removeCheckpoint(of: trial.id) }
        observe(.settled(trial, error: error), history)
    }

    private func conclude() throws -> Outcome {
        switch stopping {
        case .storeFailed(let reason)?:
            throw ControllerError(reason)
        case .interrupted?, .timeUp?:
            try store.endRun(stopping == .timeUp ? "time" : "interrupted", finished: false, at: now())
            return .stopped(stopping ?? .interrupted)
        case .targetReached(let value)?:
            try drop()
            let whole = specification.otherMetrics.isEmpty ? "the target" : "its target, and so did all other metrics"
            return .finished(note: "\(specification.metric.name) reached \(whole): \(value)")
        case nil:
            try drop()
            return .finished(note: exhausted)
        }
    }

    /// The study is over: what was not promoted is pruned.
    private func drop() throws {
        for trial in history.trials where !trial.state.isFinal {
            var life = TrialLife(trial)
            _ = life.handle(.dropped)
            try settle(life.trial)
        }
        try store.endRun("finished", finished: true, at: now())
    }
}

/// Why a run could not go on.
package struct ControllerError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
