import FoundationEssentials
import Glibc
import SearchSpaces
import Synchronization
import TrainerSettings

/// A queue before a cluster's queue: launches are given to pilots, jobs that run one after the other, so that each does not wait for a job of
/// its own. See ``PilotCrew`` for who gets what, and ``Pilot`` for what runs in such a job.
actor PilotQueue: ClusterQueue {
    private let queue: any ClusterQueue
    private let gate: SubmissionGate
    private let pace: SlurmPace
    private let place: Place
    private let start = ContinuousClock.now
    private var crew: PilotCrew
    private var choice: PilotChoice
    private var asks: [Int: SharedLines<PilotWord>] = [:]
    private var latest = 0
    private var tending: Task<Void, Never>?
    private var isClosed = false
    private var hasLeft = false
    /// Says in a line what is new.
    private let tell: @Sendable (String) -> Void
    /// How many launches the study has at a time; nil: nobody has said.
    nonisolated let workers = Mutex<Int?>(nil)

    /// What pilots are made of.
    struct Place: Sendable {
        /// The folder of the pilots' folders.
        let folder: String
        let executable: String
        let version: String
        let request: SlurmRequest
    }

    /// Seconds without a launch after which a pilot ends: whether its controller is gone or has nothing for it, what it holds is for others.
    private static let idle = 300.0
    /// Seconds that pilots have to end in by themselves when the run does.
    private static let farewell = 5.0

    /// - Parameters:
    ///   - queue: the cluster's.
    ///   - prefix: what the names of the study's jobs begin with.
    ///   - gate: of all that is submitted.
    init(
        over queue: any ClusterQueue, prefix: String, at place: Place, gate: SubmissionGate, pace: SlurmPace,
        tell: @escaping @Sendable (String) -> Void
    ) {
        (self.queue, self.place, self.gate, self.pace, self.tell) = (queue, place, gate, pace, tell)
        let earlier = PilotRecords(place.folder)
        crew = earlier.crew(
            PilotCrew(prefix: prefix, pace: pace, warning: place.request.warning), request: Self.words(place.request))
        latest = earlier.numbers.max() ?? 0
        choice = PilotChoice(place.request.pilots, hasPilots: !earlier.numbers.isEmpty)
        crew.isOpen = choice.usesPilots
        for pilot in crew.pilots { asks[pilot.number] = SharedLines(Self.folder(pilot.number, place).ask) }
    }

    deinit { tending?.cancel() }

    private static func folder(_ number: Int, _ place: Place) -> PilotFolder { PilotFolder("\(place.folder)/\(number)") }
    /// What tells pilots that are asked for with the same words from others.
    private static func words(_ request: SlurmRequest) -> [String] { SlurmWords(request).resources + request.setup }
    private func folder(_ number: Int) -> PilotFolder { Self.folder(number, place) }
    private var now: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Takes the seconds of a launch that ended by itself.
    func ended(wait: Double, run: Double) {
        guard let news = choice.take(wait: wait, run: run) else { return }
        crew.isOpen = true
        tell(news)
    }

    // MARK: - The verbs of a queue

    func takesAtOnce() async -> Bool {
        await tend()
        return choice.usesPilots && crew.spare > 0
    }

    func submit(_ job: ClusterJob) async -> Submission {
        guard choice.usesPilots else { return await queue.submit(job) }
        await carry(out: crew.want(job))
        await tend()
        if crew.spare < 0, !hasLeft {
            let submission = await hire(workingFolder: job.workingFolder)
            let isComing =
                switch submission {
                case .accepted, .unclear: true
                case .full, .refused: false
                }
            // Another one may have become free meanwhile.
            if !isComing, crew.waiting.contains(where: { $0.name == job.name }) {
                crew.forget(job.name)
                return submission
            }
        }
        begin()
        return .accepted(crew.id(of: job.name))
    }

    func list() async throws(ClusterSilence) -> [ListedJob] {
        let asked = now
        let jobs = try await queue.list()
        if !crew.pilots.isEmpty { begin() }
        hear()
        crew.workers = workers.withLock(\.self)
        await carry(out: crew.take(jobs, asked: asked, now: now))
        if isClosed { return jobs }
        let own = crew.prefix + "w"
        return jobs.filter { !$0.name.hasPrefix(own) } + crew.launches
    }

    func cancel(_ jobs: [String]) async {
        let launches = jobs.filter { $0.contains(".") }
        await queue.cancel(jobs.filter { !$0.contains(".") })
        await carry(out: crew.cancel(launches, now: now))
    }

    func cancelDeaf(_ jobs: [String]) async {
        let launches = jobs.filter { $0.contains(".") }
        await queue.cancelDeaf(jobs.filter { !$0.contains(".") })
        await carry(out: crew.cancel(launches, isDeaf: true, now: now))
    }

    func details(of job: String) async -> JobDetails? {
        if let details = crew.details(of: job) { return details }
        return await queue.details(of: String(job.prefix { $0 != "." }))
    }

    func killWait() async -> Double? { await queue.killWait() }

    /// This controller goes, and the jobs stay.
    func leave() async {
        hasLeft = true
        tending?.cancel()
        await tend()
        await carry(out: crew.assignAhead(now: now))
    }

    /// No more launches come: the pilots are told so, and are jobs like others from now on. It is written before the cluster is asked
    /// anything: one that cannot be cancelled now ends when it begins.
    func close() async {
        (isClosed, hasLeft) = (true, true)
        tending?.cancel()
        hear()
        await carry(out: crew.close(now: now))
        let end = now + Self.farewell
        while now < end, crew.pilots.contains(where: { $0.hasAsked && !$0.isGone && $0.misses == 0 }) {
            try? await Task.sleep(for: .seconds(0.2))
            hear()
        }
        let left = crew.pilots.filter { $0.hasAsked && !$0.isGone && $0.misses == 0 }.compactMap(\.job)
        if !left.isEmpty { await queue.cancel(left) }
    }

    // MARK: - Pilots

    /// Looks after the pilots from now on.
    private func begin() {
        guard tending == nil, !hasLeft else { return }
        tending = Task { [weak self, pace] in
            while !Task.isCancelled, await self?.replace() != nil { try? await Task.sleep(for: .seconds(pace.files)) }
        }
    }

    /// Hears what pilots say, and gives them what waits.
    private func tend() async {
        guard !isClosed else { return }
        hear()
        await carry(out: crew.assign(now: now))
    }

    /// Submits pilots in the place of those that went.
    private func replace() async {
        await tend()
        while choice.usesPilots, !hasLeft, crew.spare < 0, await gate.pass() {
            // One may have come meanwhile.
            guard crew.spare < 0, !hasLeft, !Task.isCancelled, let job = crew.waiting.last else { return }
            switch await hire(workingFolder: job.workingFolder) {
            case .accepted, .unclear: crew.obstacle = nil
            case .full(let reason):
                crew.obstacle = reason
                await gate.close(reason)
            // Who submits the launch again is told.
            case .refused: crew.forget(job.name)
            }
        }
    }

    private func hear() {
        for pilot in crew.pilots where pilot.isHeard {
            let words = asks[pilot.number]?.news() ?? []
            if !words.isEmpty { crew.heard(words, of: pilot.number, now: now) }
            guard !pilot.hasAsked, !pilot.hasOutput, let job = pilot.job else { continue }
            if access(folder(pilot.number).output(ofJob: job), F_OK) == 0 { crew.printed(pilot.number) }
        }
    }

    /// Submits one more pilot.
    private func hire(workingFolder: String) async -> Submission {
        latest += 1
        let (number, name) = (latest, "\(crew.prefix)w\(latest)")
        let (folder, request) = (folder(number), place.request)
        let file = PilotFile(
            version: place.version, name: name, limit: request.minutes.map { Double($0) * 60 }, warning: request.warning,
            idle: Self.idle, request: Self.words(request))
        let script = SlurmWords(request).script("pilot \(number)", executable: place.executable, words: ["work", folder.path])
        do { try folder.make(file, script: script) } catch {
            try? FileManager.default.removeItem(atPath: folder.path)
            return .full("\(folder.path) cannot be written: \(systemReason(error))")
        }
        asks[number] = SharedLines(folder.ask)
        crew.hire(CrewPilot(number, name: name, since: .infinity))
        let submission = await queue.submit(
            ClusterJob(name: name, script: folder.script, folder: folder.path, workingFolder: workingFolder))
        switch submission {
        case .accepted(let job): crew.submitted(number, job: job, now: now)
        case .unclear: crew.submitted(number, job: nil, now: now)
        case .full, .refused:
            crew.dropPilot(number)
            asks[number] = nil
            try? FileManager.default.removeItem(atPath: folder.path)
        }
        // The run has ended meanwhile, or nobody is left to give it anything.
        if isClosed, case .accepted(let job) = submission { await queue.cancel([job]) }
        if hasLeft, !isClosed { await carry(out: crew.assignAhead(now: now)) }
        return submission
    }

    private func carry(out actions: [PilotCrew.Action]) async {
        var actions = actions
        var cancelled: [String] = []
        while !actions.isEmpty {
            switch actions.removeFirst() {
            case .write(let order, let pilot):
                if !SharedLines.append(order, to: folder(pilot).give) { actions += crew.failed(pilot) }
            case .cancel(let job): cancelled.append(job)
            case .show(let pilot, let job, let launch):
                let printed = LaunchFolder(launch.folder).output(ofJob: PilotCrew.id(job, launch.name))
                try? FileManager.default.copyItem(atPath: folder(pilot).output(ofJob: job), toPath: printed)
            }
        }
        // What is written comes first, and the cluster is asked once: it may not answer.
        if !cancelled.isEmpty { await queue.cancel(cancelled) }
    }
}
