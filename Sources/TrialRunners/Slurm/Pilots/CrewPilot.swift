/// What a controller knows of one pilot.
struct CrewPilot: Sendable {
    let number: Int
    /// Its job's.
    let name: String
    /// The cluster's number for it; nil: nobody knows.
    var job: String?
    /// Looks at the queue that were begun before tell nothing of it.
    var since: Double
    /// As the latest look had it, or how it ended, as an earlier one had that; nil: it was not there.
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
    /// Whether a launch of its is over, and since when the latest is.
    var hasFlown = false
    var landed: Double?
    /// It takes no more launches, as it says.
    var isGone = false
    /// Its job is cancelled, whatever it runs.
    var isUnwanted = false
    /// Since when it has the word that no more launches come.
    var endTold: Double?
    /// It was asked of the cluster with other words than are in force.
    var isForeign = false
    /// Whether its job has run anything at all.
    var hasOutput = false
    /// Whether this controller has submitted it, or seen it live.
    var hasLived = false
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
    var isThere: Bool { !isGone && !isUnwanted && endTold == nil && !isForeign && misses == 0 }

    /// Whether it runs nothing: it may still wait for what the launch before had to be given back.
    var isBetween: Bool { isThere && hasAsked && flights.isEmpty }

    var isFree: Bool { isBetween && freeAt == lines }

    /// Whether too little of its time is left for a launch of so many seconds; one launch it runs, however short its time is.
    func isShort(of seconds: Double, now: Double) -> Bool {
        guard hasFlown, let left else { return false }
        return left - (now - freeSince) < seconds
    }

    /// Whether it has not begun yet.
    var isComing: Bool {
        !isGone && !isUnwanted && endTold == nil && !isForeign && misses < 2 && !hasAsked && flights.isEmpty
    }

    /// Whether it is sure to be in the queue, and waits there.
    var isPending: Bool { isComing && job != nil && (state == nil || state?.state == .pending) }

    /// Whether the queue still has it though it is to end.
    var outlives: Bool { isUnwanted && misses == 0 && state.map { $0.state.isLive && $0.state != .changing } == true }

    /// Its node has another job of its number and cancelled it: a controller that had died gave that out again.
    var isRefused: Bool { state?.state == .cancelled && state?.node != nil && !hasOutput && !hasAsked }

    /// Whether it ended before it was free, by a fault of its own or its node's or by hand: not where others took its place.
    var hasFailed: Bool {
        guard !hasAsked else { return false }
        switch state?.state {
        case nil: return hasOutput
        case .preempted: return false
        case .cancelled: return !isRefused
        default: return true
        }
    }

    /// Whether something may still be heard of it.
    var isHeard: Bool { !isGone || !flights.isEmpty }

    mutating func see(_ jobs: [ListedJob], now: Double) {
        let living = jobs.filter(\.state.isLive)
        state =
            living.last { $0.state != .pending } ?? living.last ?? jobs.last
            // Slurm may forget it at once.
            ?? state.flatMap { $0.state.isLive ? nil : $0 }
        job = state?.job ?? job
        runs = state?.state == .running ? runs ?? now : nil
        guard living.isEmpty else {
            (misses, goneSince, hasLived) = (0, nil, true)
            return
        }
        misses += 1
        goneSince = goneSince ?? now
    }

    /// Whether the cluster alone has it running, as its node knows nothing of it, or it does not do what it was told.
    func isDeaf(_ now: Double, _ pace: SlurmPace) -> Bool {
        guard !isUnwanted, let runs else { return false }
        func isOver(_ span: Double, _ since: Double?) -> Bool { since.map { now - max(runs, $0) >= span } ?? false }
        guard hasAsked else { return !hasOutput && isOver(pace.deafness, runs) }
        return flights.values.contains { !$0.isBegun && isOver(pace.deafness, $0.given) || isOver(pace.patience, $0.dropped) }
            || flights.isEmpty && (isOver(pace.patience, endTold) || freeAt != lines && isOver(pace.deafness, landed))
    }

    /// What a launch that it has looks like; nil: nothing is known of it.
    func state(of flight: Flight) -> ListedJob.State? {
        // Where its pilot ends, it will wait for another one.
        guard flight.isBegun else { return .pending }
        return state?.state ?? (misses == 0 ? .running : nil)
    }
}
