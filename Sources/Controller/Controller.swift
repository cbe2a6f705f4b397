import Confirmations
import Schedulers
package import SearchSpaces
package import Strategies
package import Studies
package import StudyStore
import TrainerSettings
package import TrialRunners

/// Runs a study: asks what to try next, launches it, records what comes back before anything is decided from it.
package actor Controller {
    private(set) var specification: StudySpecification
    let store: StudyStore
    private(set) var scheduler: any Scheduler
    private(set) var preparation: TrialPreparation
    let now: @Sendable () -> Double
    private let news: EventFeed
    let runner: any TrialRunner
    private var suggester: Suggester

    var history: History
    /// What is launched next.
    var plan: LaunchPlan
    /// The trials that have a process.
    var lives: [Trial.ID: TrialLife] = [:]
    /// What runs the process of each of them; its cancellation ends that.
    var processes: [Trial.ID: Task<Completion, Never>] = [:]
    /// What was asked of the study.
    var requests = RequestLog()
    let rules: RequestRules
    var openRequests = OpenRequests()
    /// Whether nothing that is asked is answered any more.
    var isDeaf = false
    /// Launches that have outlived the last controller, until they are followed again.
    var living: [LivingLaunch] = []
    /// What is on record of launches that are lived through again.
    var relived: [Trial.ID: Relived] = [:]
    /// The jobs of launches, where they are a cluster's.
    var jobs: [Trial.ID: JobRecord] = [:]
    /// Trials whose jobs wait and are taken out of the queue, as the study has fewer workers now.
    var takenBack: Set<Trial.ID> = []
    /// Trials whose jobs were taken up and of which the cluster has told nothing yet.
    var unheard: Set<Trial.ID> = []
    /// The slot among those that run at the same time in which each of them was launched.
    var slots: [Trial.ID: Int] = [:]
    /// Where the next launch runs, where places are few; nil: none is free, or none is needed.
    private(set) var place: Place?
    private var seeksPlace = false
    /// What those that were promoted printed before, and have not come to since.
    var behind: [Trial.ID: ReportsAhead] = [:]
    /// What they print after they were weighed.
    var ahead: [Trial.ID: ReportsAhead] = [:]
    /// What came of them since the store could no longer be written.
    var unrecorded: [Trial.ID: Unrecorded] = [:]
    /// The paused trials whose checkpoints are gone.
    var forgotten: Set<Trial.ID> = []
    /// Since such trials were looked for.
    var settlements = 0
    /// Why trials that are launched again do not find their checkpoints.
    var lostCheckpoints: [Trial.ID: String] = [:]
    /// What is known of programs that ended by themselves at a rung.
    var ownEnds = OwnEnds()
    var failures: FailureLimit
    /// What has been said of how trials report.
    var said: Set<Remark> = []
    /// nil: there is no limit.
    var diskUse: DiskUse?
    private(set) var stopping: StopReason?
    /// What is confirmed once the search is over; nil: nothing is.
    private let request: ConfirmationRequest?
    /// What is being confirmed; nil: the search goes on, or nothing is.
    var confirmation: ConfirmationPlan?
    /// Confirmations that failed in an earlier run and are made again.
    private var remade: Set<Trial.ID> = []
    /// Why the search ended before its last trial.
    var searchNote: String?
    private var stoppedAt: ContinuousClock.Instant?
    private var signs: AsyncStream<StopFeed.Sign>
    nonisolated let stop = StopFeed()

    /// - Parameters:
    ///   - specification: with `runCap` and `workers` as this run wants them.
    ///   - now: seconds since 1970.
    ///   - news: gets everything that happens, once it is recorded.
    ///   - living: launches of an earlier controller that go on (``Recovery``).
    ///   - request: what is confirmed once the search is over; nil: nothing, as far as the study does not say so.
    ///   - rules: for what is asked of the study while it runs; nil: those of its space alone.
    package init(
        specification: StudySpecification, store: StudyStore, suggester: Suggester,
        runner: any TrialRunner, preparation: TrialPreparation, now: @escaping @Sendable () -> Double,
        living: [LivingLaunch] = [],
        news: EventFeed = EventFeed(), confirming request: ConfirmationRequest? = nil, rules: RequestRules? = nil
    ) {
        self.request = request
        self.rules = rules ?? RequestRules(specification)
        self.specification = specification
        self.store = store
        self.suggester = suggester
        self.runner = runner
        self.preparation = preparation
        self.now = now
        self.news = news
        self.living = living
        history = History(specification.metric, otherMetrics: specification.otherMetrics)
        let runCap = specification.runCap ?? specification.trialCount
        plan = LaunchPlan(runCap: runCap, history: history)
        failures = FailureLimit(specification.supervision.maxFailures)
        scheduler = makeScheduler(specification.earlyTermination, runCap: runCap)
        signs = stop.signs()
    }

    /// Ends the run as soon as its processes have ended; the study can be resumed.
    package nonisolated func interrupt() {
        stop.yield(.interrupted)
    }

    /// Likewise, but jobs that outlive a run are left where they are: the next run takes them up.
    package nonisolated func detach() {
        Task { [runner, stop] in
            await runner.detach()
            stop.yield(.detached)
        }
    }

    /// Passes on what there is to say of the places where launches run.
    package func tell(_ news: String) { announce(.waiting(news)) }

    /// Works until the study is finished or told to stop.
    ///
    /// - Throws: ``ControllerError`` where the store cannot be written; what was running goes on when the study is resumed.
    package func run() async throws -> Outcome {
        defer { news.finish() }
        do { return try await work() } catch { throw error as? ControllerError ?? ControllerError(errorText(error)) }
    }

    private func work() async throws -> Outcome {
        try beginRun()
        history = try store.history().withOwnValues(of: specification.space)
        diskUse = specification.supervision.diskCap.map {
            DiskUse(cap: $0, folder: store.folder, trials: history.trials + history.confirmations)
        }
        requests = try store.requests()
        plan = LaunchPlan(runCap: plan.trialCount, history: history, queue: requests.queue(after: history))
        news.begin(history)
        runner.serve(workers: specification.workers)
        try takeUpLiving()
        let listener = try listen()
        defer { listener.cancel() }
        for trial in history.trials where trial.launches > 0 {
            if let end = preparation.keptEnd(of: trial.id) { ownEnds.restore(end, of: trial) }
        }
        for id in plan.waitingTrials + history.confirmations.filter({ $0.state == .waiting }).map(\.id) {
            try takeUnrecorded(id)
            try settleIfWeighed(history[id])
        }
        if let reached = history.front.first(where: { history.reachesTargets($0.report, of: specification.metrics) }) {
            stopping = .targetReached(reached.report.value)
        }
        remade =
            request?.remakesFailures == true
            ? Set(history.confirmations.filter { $0.state != .complete && $0.state.isFinal }.map(\.id)) : []

        let end = specification.timeCap.map { ContinuousClock.now + .seconds(min($0, 1e9)) }
        repeat { try await launchAll(until: end) } while beginsConfirming()
        return try conclude()
    }

    /// Launches what there is to launch, until that is over or the run is told to stop.
    private func launchAll(until end: ContinuousClock.Instant?) async throws {
        signs = stop.signs()
        try await withThrowingTaskGroup(of: Happening.self) { group in
            hear(&group)
            for launch in living { follow(launch, &group) }
            living = []
            if let end {
                group.addTask { [stop] in
                    if (try? await Task.sleep(until: end, clock: .continuous)) != nil { stop.yield(.timeUp) }
                    return .nothing
                }
            }
            fill(&group)
            while !lives.isEmpty || seeksPlace, let happening = try await group.next() {
                switch happening {
                case .nothing: continue
                case .heard(let sign):
                    if case .stop(let reason) = sign { begin(stopping: reason) }
                    hear(&group)
                case .ended(let id, let completion): recording { try launchEnded(id, completion) }
                case .found(let found): (place, seeksPlace) = (found, false)
                }
                fill(&group)
                // Nothing was to be launched after all.
                place?.end()
                place = nil
            }
            group.cancelAll()
        }
    }

    /// Turns to what is to be confirmed once the search is over; false: there is nothing.
    private func beginsConfirming() -> Bool {
        guard confirmation == nil else { return false }
        recording { confirmation = try turnToConfirming(request) }
        return confirmation != nil && stopping == nil
    }

    /// The search is over, and the run goes on.
    func endSearch(_ note: String?) { (searchNote, stopping, stoppedAt) = (note, nil, nil) }

    /// The race as it stands; nil: nothing is being confirmed.
    var race: ConfirmationRace? { confirmation.map { ConfirmationRace($0, in: history, disregarding: remade) } }

    /// Waits for the next sign; where it is a reason to stop, a worse one may come after it.
    private func hear(_ group: inout ThrowingTaskGroup<Happening, any Error>) {
        group.addTask { [signs] in
            for await sign in signs { return .heard(sign) }
            return .nothing
        }
    }

    private enum Happening: Sendable {
        case ended(Trial.ID, Completion)
        case heard(StopFeed.Sign)
        /// A place to launch something; nil: the run ends.
        case found(Place?)
        case nothing
    }

    func begin(stopping reason: StopReason) {
        switch (stopping, reason) {
        case (.storeFailed?, _): return
        // A store that fails is worse than whatever else there was to stop for.
        case (nil, _), (_, .storeFailed): stopping = reason
        default: return
        }
        stoppedAt = stoppedAt ?? .now
        announce(.stopping(reason))
    }

    /// Whether what a trial had printed faster than it could be recorded is left to the next run, which finds it in the trial's output.
    func leaves(_ id: Trial.ID) -> Bool {
        guard let stoppedAt, stoppedAt.duration(to: .now) > .seconds(2), lives[id]?.isEnding == false else { return false }
        return preparation.keepsOutput(of: id)
    }

    private func recording(_ change: () throws -> Void) {
        do { try change() } catch { begin(stopping: .storeFailed(errorText(error))) }
    }

    // MARK: - Launching

    /// Gives every free worker something to do: what was interrupted first, then promotions, then new configurations.
    private func fill(_ group: inout ThrowingTaskGroup<Happening, any Error>) {
        recording {
            while stopping == nil, lives.count < specification.workers {
                let shortage = diskUse?.shortage(running: lives.keys)
                // What runs may yet make room.
                guard shortage == nil || lives.isEmpty, hasPlace(&group), let next = try nextLaunch() else { break }
                if let shortage {
                    begin(stopping: .obstructed(shortage))
                    break
                }
                guard let launch = try launch(next) else { continue }
                let taken = place
                place = nil
                let process = Task.detached { [runner] in
                    await runner.run(launch, onJob: { await self.noted($0, of: next.trial) }) {
                        await self.reported(next.trial, $0)
                    }
                }
                wait(for: process, of: next.trial, in: taken, &group)
            }
        }
        if stopping != nil { group.cancelAll() }
    }

    /// Goes on with a launch that has outlived the last controller.
    private func follow(_ launch: LivingLaunch, _ group: inout ThrowingTaskGroup<Happening, any Error>) {
        let (id, wanted) = (launch.trial, preparation.wantedReports)
        let process = Task.detached { [runner] in
            await runner.takeUp(launch, reports: wanted, onJob: { await self.noted($0, of: id) }) {
                await self.reported(id, $0)
            }
        }
        wait(for: process, of: id, in: nil, &group)
        if lives[id]?.trial.prunedBy != nil { process.cancel() }
    }

    private func wait(
        for process: Task<Completion, Never>, of id: Trial.ID, in place: Place?,
        _ group: inout ThrowingTaskGroup<Happening, any Error>
    ) {
        processes[id] = process
        group.addTask {
            let completion = await withTaskCancellationHandler {
                await process.value
            } onCancel: {
                process.cancel()
            }
            place?.end()
            return .ended(id, completion)
        }
    }

    /// Whether a launch has somewhere to run; where it has not, a place is looked for if there may be something to launch.
    ///
    /// The place comes first, and then the choice of what is launched there: it may take long, and what is decided has to be
    /// decided from the history that the launch is recorded after.
    private func hasPlace(_ group: inout ThrowingTaskGroup<Happening, any Error>) -> Bool {
        guard let places = runner.places, place == nil else { return true }
        guard !seeksPlace, race?.mayLaunch ?? plan.mayLaunch(after: history, by: scheduler) else { return false }
        seeksPlace = true
        group.addTask { .found(try? await places.next { await self.announce(.waiting($0)) }) }
        return false
    }

    /// The lowest number that no running trial has.
    var workerSlot: Int {
        let taken = Set(slots.values)
        return (0...taken.count).first { !taken.contains($0) } ?? taken.count
    }

    /// So many trials run at the same time from now on; those that run already keep their threads.
    func work(with workers: Int) {
        specification.workers = workers
        preparation.share(threads: runner.threads(for: workers))
        runner.serve(workers: workers)
        takeBack()
    }

    /// The study is after a trial's first figure, as its space file names no metric.
    func adopt(_ metric: Metric) throws {
        try store.adopt(metric)
        specification.metric = metric
        preparation.adopt(metric)
        history = history.after(metric)
        announce(.named(metric))
    }

    /// Tells whoever observes the study, and waits for nobody.
    func announce(_ event: StudyEvent) { news.post(event, after: history) }

    /// Takes a trial as it is now.
    func note(_ trial: Trial) {
        history[trial.id] = trial
        plan.note(trial)
    }

    /// `isNew`: the store has no such trial yet.
    typealias NextLaunch = (trial: Trial.ID, milestone: Int?, isNew: Bool)

    private func nextLaunch() throws -> NextLaunch? {
        if let race { return nextLaunch(confirming: race) }
        switch plan.next(after: history, by: scheduler, suggest: { suggester.suggest(after: $0) }) {
        case .goOn(let id, milestone: _)
        where ownEnds.isWhole(history[id]) && plan.finishesWinner(id, in: history, by: scheduler):
            // The winner ended by itself at its rung: there is nothing to go on with.
            try complete(history[id])
            return try nextLaunch()
        case .goOn(let id, let milestone): return (id, milestone, false)
        case .start(var trial, let milestone, let refused):
            trial.halvings = suggester.halvings(of: trial.assignment)
            history.add(trial)
            if refused > 0 { announce(.refused(refused)) }
            return (trial.id, milestone, true)
        case .ranOut(let reason):
            plan.runOut(reason, in: history)
            try store.ranOut(at: now())
            scheduler = makeScheduler(specification.earlyTermination, runCap: plan.trialCount)
            return try nextLaunch()
        case .wait: return nil
        }
    }

    private func nextLaunch(confirming race: ConfirmationRace) -> NextLaunch? {
        if let id = race.interrupted.first { return (id, nil, false) }
        guard let trial = race.next(as: history.nextID) else { return nil }
        history.add(trial)
        return (trial.id, nil, true)
    }
}

/// Why a run could not go on.
package struct ControllerError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
