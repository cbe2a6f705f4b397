/// Keeps a study from flooding a cluster with submissions.
actor SubmissionGate {
    private let pace: SlurmPace
    private var room: Double
    private var latest = ContinuousClock.now
    private var closedUntil = ContinuousClock.now
    /// Why it is closed.
    private var reason: String?

    init(_ pace: SlurmPace) {
        self.pace = pace
        room = pace.burst
    }

    /// Whether a job may be submitted now, which is then counted.
    func pass() -> Bool {
        let now = ContinuousClock.now
        room = min(pace.burst, room + (now - latest) / .seconds(1))
        latest = now
        guard now >= closedUntil, room >= 1 else { return false }
        room -= 1
        reason = nil
        return true
    }

    /// The queue is full: nobody tries for a while.
    func close(_ reason: String) {
        closedUntil = ContinuousClock.now + .seconds(pace.full)
        self.reason = reason
    }

    var closed: String? { reason }
}
