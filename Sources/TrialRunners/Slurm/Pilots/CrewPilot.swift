/// What a controller knows of one pilot.
struct CrewPilot: Sendable {
    let number: Int
    /// Its job's.
    let name: String
    /// The cluster's number for it; nil: nobody knows.
    var job: String?
    /// Looks at the queue that were begun before tell nothing of it.
    var since: Double
    /// As the latest look had it; nil: it was not there.
    var state: ListedJob?
    /// Looks in a row without a live job of its name, and when that began.
    var misses = 0
    var goneSince: Double?
    /// Since when the queue has it running.
    var runs: Double?
    /// Whether it has said anything, and where it is.
    var hasAsked = false
    var node: String?
    /// The line up to which it has read `give` and was free then; the seconds that it had left.
    var freeAt: Int?
    var freeSince = 0.0
    var left: Double?
    /// Whether a launch of its is over.
    var hasFlown = false
    /// It takes no more launches, as it says or as we want it.
    var isGone = false
    var isUnwanted = false
    /// Whether its job has run anything at all.
    var hasOutput = false
    /// Lines of its `give`.
    var lines = 0
    /// The launches that it was given and that are not over, by line.
    var flights: [Int: Flight] = [:]

    struct Flight: Sendable {
        var job: ClusterJob
        var isBegun = false
        var given: Double
        /// When the pilot was told that it is not wanted any more.
        var dropped: Double?
    }

    init(_ number: Int, name: String, since: Double) { (self.number, self.name, self.since) = (number, name, since) }

    /// Whether its job may run, or come to run.
    private var isThere: Bool { !isGone && !isUnwanted && misses == 0 }

    var isFree: Bool { isThere && freeAt == lines && flights.isEmpty }

    /// Whether too little of its time is left for a launch of so many seconds; one launch it runs, however short its time is.
    func isShort(of seconds: Double, now: Double) -> Bool {
        guard hasFlown, let left else { return false }
        return left - (now - freeSince) < seconds
    }

    /// Whether it has not begun yet.
    var isComing: Bool { !isGone && !isUnwanted && misses < 2 && !hasAsked && flights.isEmpty }

    /// Whether the queue still has it though it is to end.
    var outlives: Bool { isUnwanted && misses == 0 && state.map { $0.state.isLive && $0.state != .changing } == true }

    /// Whether something may still be heard of it.
    var isHeard: Bool { !isGone || !flights.isEmpty }

    mutating func see(_ jobs: [ListedJob], now: Double) {
        let living = jobs.filter(\.state.isLive)
        state = living.last { $0.state != .pending } ?? living.last ?? jobs.last
        job = state?.job ?? job
        runs = state?.state == .running ? runs ?? now : nil
        guard living.isEmpty else {
            (misses, goneSince) = (0, nil)
            return
        }
        misses += 1
        goneSince = goneSince ?? now
    }

    /// Whether the cluster alone has it running: its node knows nothing of it.
    func isDeaf(_ now: Double, _ pace: SlurmPace) -> Bool {
        guard !isUnwanted, !hasAsked, !hasOutput, let runs else { return false }
        return now - runs >= pace.deafness
    }

    /// What a launch that it has looks like; nil: nothing is known of it.
    func state(of flight: Flight) -> ListedJob.State? {
        guard let state else { return misses == 0 ? (hasAsked ? .running : .pending) : flight.isBegun ? nil : .pending }
        guard !flight.isBegun, !state.state.isLive else { return state.state }
        // It will wait for another pilot, unless this one has begun it after all.
        return .pending
    }
}
