/// What looks at the queue have shown of a launch's job.
struct JobSightings: Sendable {
    /// The latest look that was taken in, by its number.
    private(set) var look = 0
    /// How many in a row had no live job.
    private(set) var absences = 0
    /// How many in a row had it wait for what will never be.
    private var hopes = 0
    /// As the queue had it last, or how it ended, as it had that earlier.
    private(set) var listed: ListedJob?

    private static let looks = 3
    /// Reasons that do not pass by themselves.
    private static let hopeless: Set = [
        "PartitionTimeLimit", "PartitionConfig", "PartitionNodeLimit", "DependencyNeverSatisfied", "BadConstraints",
        "InvalidAccount",
        "InvalidQOS", "AssocMaxTRESPerJob", "QOSMaxCpuPerJobLimit", "QOSMaxWallDurationPerJobLimit",
        "AssocMaxWallDurationPerJobLimit",
    ]

    /// Whether no job lives: one look may have come at the wrong moment.
    var isGone: Bool { absences >= Self.looks }

    var isHopeless: Bool { hopes >= 2 }

    /// The job as it lives.
    var living: ListedJob? { listed.flatMap { $0.state.isLive ? $0 : nil } }

    /// - Parameters:
    ///   - jobs: those of the launch's name.
    ///   - number: the job's; nil: it has none yet.
    mutating func take(_ jobs: [ListedJob], look: Int, number: String?) {
        self.look = look
        let living = jobs.filter(\.state.isLive)
        // Slurm may forget a job as soon as it is over.
        let ended = listed.flatMap { !$0.state.isLive && $0.job == number ? $0 : nil }
        listed =
            living.last { $0.state != .pending } ?? living.last
            // Which pilot was to take it changes while it waits.
            ?? jobs.last { $0.job == number || $0.isByPilot } ?? (number == nil ? jobs.last : nil) ?? ended
        absences = living.isEmpty ? absences + 1 : 0
        let waitsForEver = listed?.state == .pending && listed?.reason.map(Self.hopeless.contains) == true
        hopes = waitsForEver ? hopes + 1 : 0
    }

    /// It was submitted: looks before that say nothing.
    mutating func begin() { absences = 0 }

    /// It is to be submitted again.
    mutating func forget() { (listed, absences) = (nil, 0) }
}
