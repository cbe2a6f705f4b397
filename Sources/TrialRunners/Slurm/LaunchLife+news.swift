extension LaunchLife {
    /// What is to be done.
    enum Action: Sendable, Hashable {
        case submit
        case cancel([String])
        /// It does not hear: its job is ended with whatever runs it.
        case kill([String])
        /// The job is told to end.
        case order
        /// The next look at the queue is waited for.
        case hasten
        case tell(JobState)
        case settle(Outcome)
    }

    /// How it is over.
    enum Outcome: Sendable, Hashable {
        /// Its supervisor wrote how, and the queue tells why where that says no more than that a signal came.
        case ended(LaunchEnd, ListedJob.State?, ofOurs: Bool)
        /// Its job is over, and nothing of it has begun; nil: the queue has forgotten it.
        case neverStarted(ListedJob?)
        case refused(String)
        /// It waits for what will never be.
        case hopeless(ListedJob)
        /// Its job is over without a word.
        case lost(Loss, ofOurs: Bool)
        /// It was taken back before it began.
        case withdrawn
    }

    enum Loss: Sendable, Hashable {
        case over(ListedJob?)
        /// Slurm has it running, and it gives no sign of life.
        case deaf(ListedJob?)
        case startedTwice
        case requeued
        /// It wrote how it ended, and not all of its reports have come.
        case incomplete(reports: Int, of: Int)
    }

    /// What its files say.
    struct Signs: Sendable {
        /// false: there is no news of them.
        var isReadable = true
        /// Lines of `starts`.
        var starts = 0
        var beat: Int?
        var end: LaunchEnd?
        /// Reports that have come.
        var reports = 0
        /// Whether it said that it wrote how it ended, which may not be seen yet.
        var isAnnounced = false
        var isFenced = false
        /// Where it started.
        var node: String?
        /// Whether its job has run anything at all.
        var hasOutput = false
    }
}
