/// A cluster's queue of jobs, in the four verbs that launches need.
///
/// A job's name is its identity: a number can be given again by a cluster that has crashed.
package protocol ClusterQueue: Sendable {
    /// Whether one more launch costs the cluster no job; the default: it does.
    func takesAtOnce() async -> Bool

    func submit(_ job: ClusterJob) async -> Submission

    /// All jobs of this user that the cluster knows, those that ended lately among them.
    ///
    /// - Throws: ``ClusterSilence``: there is no news of any job.
    func list() async throws(ClusterSilence) -> [ListedJob]

    /// Ends jobs; those that have ended are left alone.
    func cancel(_ jobs: [String]) async

    /// Ends jobs that do not hear, with whatever runs them; the default: as ``cancel(_:)``.
    func cancelDeaf(_ jobs: [String]) async

    /// What is known of one job; nil: nothing.
    func details(of job: String) async -> JobDetails?

    /// Seconds between TERM and KILL where the cluster ends a job; nil: it does not tell.
    func killWait() async -> Double?

    /// No more launches come. The default: nothing.
    func close() async
}

extension ClusterQueue {
    package func takesAtOnce() async -> Bool { false }

    package func cancelDeaf(_ jobs: [String]) async { await cancel(jobs) }

    package func close() async {}
}

/// A job that is to be submitted.
package struct ClusterJob: Sendable, Hashable {
    package var name: String
    /// The path of what it runs.
    package var script: String
    /// The folder that gets what it prints.
    package var folder: String
    /// Where it starts.
    package var workingFolder: String

    package init(name: String, script: String, folder: String, workingFolder: String) {
        (self.name, self.script, self.folder, self.workingFolder) = (name, script, folder, workingFolder)
    }
}

/// What became of a job that was to be submitted.
package enum Submission: Sendable, Hashable {
    /// The job's number.
    case accepted(String)
    /// The cluster takes no more of this user's jobs just now; in its words.
    case full(String)
    /// It never will; in its words.
    case refused(String)
    /// Nobody knows: it may be in the queue.
    case unclear(String)
}

/// A job as a cluster lists it.
package struct ListedJob: Sendable, Hashable {
    package var job: String
    package var name: String
    package var state: State
    /// The cluster's word for why it waits or ended.
    package var reason: String?
    package var node: String?

    package init(job: String, name: String, state: State, reason: String? = nil, node: String? = nil) {
        (self.job, self.name, self.state, self.reason, self.node) = (job, name, state, reason, node)
    }

    /// The cluster's number: what tells a pilot's launches from each other is no part of it.
    package var number: String { String(job.prefix { $0 != "." }) }

    /// Whether it is a launch that a pilot has, or waits for.
    var isByPilot: Bool { job.contains(".") }

    package enum State: Sendable, Hashable {
        case pending
        case running
        /// Its processes are stopped.
        case suspended
        /// It ends, or something else goes on that will be over.
        case changing
        case completed, failed, cancelled, preempted, timedOut, nodeFailed, outOfMemory

        /// Whether it may still run.
        package var isLive: Bool {
            switch self {
            case .pending, .running, .suspended, .changing: true
            case .completed, .failed, .cancelled, .preempted, .timedOut, .nodeFailed, .outOfMemory: false
            }
        }
    }
}

/// What a cluster tells of one job when asked for it.
package struct JobDetails: Sendable, Hashable {
    package var exitCode: Int?
    package var signal: Int?
    package var reason: String?
    package var node: String?
    /// What kept it from being begun, in words.
    package var obstacle: String?

    package init(
        exitCode: Int? = nil, signal: Int? = nil, reason: String? = nil, node: String? = nil, obstacle: String? = nil
    ) {
        (self.exitCode, self.signal, self.reason, self.node, self.obstacle) = (exitCode, signal, reason, node, obstacle)
    }
}

/// A cluster that does not answer; in words.
package struct ClusterSilence: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
