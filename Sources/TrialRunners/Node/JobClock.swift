/// When a job's time is over, by this process's own clock: a cluster's warning can come late, early or not at all.
struct JobClock: Sendable {
    /// Seconds from the job's start at which its launch is to come to its next report and save what it has.
    let soft: Double
    /// Seconds at which it is told to end, whatever it is doing.
    let hard: Double

    /// A launch is to have ended so long before its limit, as clocks differ and files take their time.
    private static let margin = 5.0

    /// nil: there is no limit that is known.
    ///
    /// - Parameters:
    ///   - limit: seconds from the job's start.
    ///   - warning: seconds before the limit.
    ///   - grace: seconds that a trial has to end in.
    init?(limit: Double?, warning: Double, grace: Double) {
        guard let limit else { return nil }
        soft = max(1, limit - warning)
        hard = max(soft, limit - min(grace, warning / 2) - min(Self.margin, warning / 4))
    }

    /// What a job's environment says of its limit, in seconds from now; newer clusters tell.
    static func limit(_ environment: [String: String], now: Double) -> Double? {
        environment["SLURM_JOB_END_TIME"].flatMap(Double.init).map { $0 - now }.flatMap { $0 > 0 ? $0 : nil }
    }
}
