/// One look at a cluster's queue for all launches, now and then.
actor QueueWatch {
    private let queue: any ClusterQueue
    private let pace: SlurmPace
    /// What the names of a study's jobs begin with.
    private let prefix: String
    /// The names of jobs that somebody follows.
    private var followed: Set<String> = []
    private var jobs: [String: [ListedJob]] = [:]
    private var number = 0
    private var began = ContinuousClock.now
    private var silence: Silence?
    private var pause: Double
    private var isUrgent = false
    /// Jobs that nobody follows, seen by one look.
    private var strays: Set<String> = []
    /// Whether jobs that nobody follows any more are to live on.
    private var sparesStrays = false
    /// The names of jobs that somebody cancelled together with all others of the study.
    private var swept: Set<String> = []
    private var looking: Task<Void, Never>?
    private var asked: ContinuousClock.Instant?

    /// A queue that does not answer.
    struct Silence: Sendable, Hashable {
        let since: ContinuousClock.Instant
        let reason: String
    }

    /// What the queue looked like.
    struct Look: Sendable {
        /// Of successful looks; 0: there was none yet.
        var number: Int
        /// When it was asked.
        var began: ContinuousClock.Instant
        /// Those of one name.
        var jobs: [ListedJob]
        var silence: Silence?
    }

    private static let many = 200
    private static let longest = 300.0

    init(_ queue: any ClusterQueue, prefix: String, pace: SlurmPace) {
        (self.queue, self.prefix, self.pace) = (queue, prefix, pace)
        pause = pace.look
    }

    /// Jobs of this name are somebody's from now on.
    func follow(_ name: String) {
        followed.insert(name)
        if looking == nil { looking = Task { await look() } }
    }

    /// The launch is over: what the queue still has of it is cancelled.
    func leave(_ name: String) {
        followed.remove(name)
        guard followed.isEmpty else { return }
        looking?.cancel()
        looking = nil
    }

    func latest(of name: String) -> Look { Look(number: number, began: began, jobs: jobs[name] ?? [], silence: silence) }

    /// Whether somebody cancelled all of the study's jobs at once, this one among them.
    func wasSwept(_ name: String) -> Bool { swept.contains(name) }

    /// Jobs are left to go on: none is cancelled from now on.
    func spareStrays() { sparesStrays = true }

    /// Somebody waits for the next look.
    func hasten() { isUrgent = true }

    private func look() async {
        let clock = ContinuousClock()
        if let asked { try? await Task.sleep(until: asked + .seconds(pace.hastyLook), clock: clock) }
        while !Task.isCancelled {
            let start = clock.now
            (isUrgent, asked) = (false, start)
            do throws(ClusterSilence) {
                take(try await queue.list(), of: start)
                pause = clock.now - start > .seconds(2) ? pause * 2 : jobs.count > Self.many ? 2 * pace.look : pace.look
            } catch {
                // It was not waited for.
                guard !Task.isCancelled else { return }
                silence = Silence(since: silence?.since ?? start, reason: error.description)
                pause *= 2
            }
            pause = min(pause, max(Self.longest, pace.look))
            await cancelStrays()
            while !Task.isCancelled, clock.now < start + .seconds(isUrgent ? min(pause, pace.hastyLook) : pause) {
                try? await Task.sleep(for: .seconds(min(0.25, pace.hastyLook / 4)))
            }
        }
    }

    /// Waits until the queue has none of the study's jobs any more, and cancels what would stay: a cluster that has crashed may have such jobs.
    ///
    /// - Returns: the jobs that it may still have as it does not answer, and what it says; nil: there are none.
    func clear() async -> (jobs: [String], reason: String)? {
        guard number > 0 || silence != nil else { return nil }
        var reason: String?
        for _ in 0..<4 {
            try? await Task.sleep(for: .seconds(min(1, pace.hastyLook)))
            let start = ContinuousClock.now
            do throws(ClusterSilence) {
                take(try await queue.list(), of: start)
                reason = nil
                guard jobs.values.joined().contains(where: \.state.isLive) else { return nil }
                await cancelStrays()
            } catch { reason = error.description }
            try? await Task.sleep(for: .seconds(pace.hastyLook))
        }
        return reason.map { (jobs.values.joined().filter(\.state.isLive).map(\.job).sorted(), $0) }
    }

    private func take(_ list: [ListedJob], of start: ContinuousClock.Instant) {
        // A study that was found by another path goes on with jobs of other names.
        jobs = Dictionary(grouping: list.filter { $0.name.hasPrefix(prefix) || followed.contains($0.name) }, by: \.name)
        (number, began, silence) = (number + 1, start, nil)
        noteSweep()
    }

    /// Those that ran take a while to end.
    private func noteSweep() {
        let known = followed.filter { jobs[$0] != nil }
        let living = known.filter { jobs[$0]?.contains { $0.state.isLive && $0.state != .changing } == true }
        let cancelled = known.filter { jobs[$0]?.contains { $0.state == .cancelled } == true }
        let ending = known.filter { jobs[$0]?.contains { $0.state == .changing } == true }
        if living.isEmpty, !cancelled.isEmpty, cancelled.union(ending).count > 1 { swept.formUnion(cancelled.union(ending)) }
    }

    /// Jobs of the study's that no launch has: of a launch that is over, or of one that the store knows nothing of.
    private func cancelStrays() async {
        guard silence == nil, !sparesStrays else { return }
        let found = Set(
            jobs.filter { !followed.contains($0.key) }.values.joined().filter { $0.state.isLive && $0.state != .changing }
                .map(\.job))
        let cancelled = found.intersection(strays)
        strays = found
        if !cancelled.isEmpty { await queue.cancel(cancelled.sorted()) }
    }
}
