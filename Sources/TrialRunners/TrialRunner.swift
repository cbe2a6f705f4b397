package import Studies

/// What has to be started for a trial.
package struct Launch: Sendable, Hashable {
    package var trial: Trial.ID
    /// The program and its arguments; never goes through a shell.
    package var command: [String]
    /// Added to the inherited environment; nil takes a variable away.
    package var environment: [String: String?]
    /// Where the process starts.
    package var workingFolder: String
    /// The trial's own folder; its log is there.
    package var folder: String
    package var reports: WantedReports
    /// Seconds that the process may take, and seconds that it may say nothing; nil: any time.
    package var timeout: Double?
    package var silence: Double?
    /// Seconds that the process has to end in.
    package var grace: Double
    /// The names that whoever keeps the process holds for as long as anything of it lives (``Place``).
    package var leases: [String] = []
    /// Which of the trial's launches it is, from 1.
    package var number = 1
    package var beginning = Beginning()

    /// How a launch begins: what one who lives through it again has to know.
    package struct Beginning: Sendable, Hashable, Codable {
        /// The trial's reports that are on record before it.
        package var reports: Int
        package var isResumed: Bool
        /// The report after which it is weighed; nil: it may go on to its own end.
        package var milestone: Int?

        package init(reports: Int = 0, isResumed: Bool = false, milestone: Int? = nil) {
            (self.reports, self.isResumed, self.milestone) = (reports, isResumed, milestone)
        }
    }

    package init(
        trial: Trial.ID, command: [String], environment: [String: String?], workingFolder: String, folder: String,
        reports: WantedReports, timeout: Double? = nil, silence: Double? = nil, grace: Double = 60
    ) {
        self.trial = trial
        self.command = command
        self.environment = environment
        self.workingFolder = workingFolder
        self.folder = folder
        self.reports = reports
        self.timeout = timeout
        self.silence = silence
        self.grace = grace
    }
}

/// What is to become of a process after its report.
package enum Directive: String, Sendable, Hashable, Codable {
    case goOn
    /// It has come to its rung: it may save a checkpoint and end by itself, and is told to where it does not in the grace time.
    case pause
    /// It has made its last report: it may end by itself, however long that takes.
    case finish
    case endNow
}

/// How a launch came to its end.
package struct Completion: Sendable, Hashable, Codable {
    package var ending: TrialLife.Ending
    package var evidence: Evidence
    /// From its process's start to its end, where the runner knows better than who has waited for it.
    package var seconds: Double?

    package init(ending: TrialLife.Ending, evidence: Evidence = Evidence()) {
        self.ending = ending
        self.evidence = evidence
    }
}

/// A launch that an earlier controller may have left behind.
package struct EarlierLaunch: Sendable, Hashable {
    package let trial: Trial.ID
    /// The trial's own.
    package let folder: String
    /// The launch that is on record as running; nil: none is.
    package let number: Int?

    package init(trial: Trial.ID, folder: String, number: Int? = nil) {
        (self.trial, self.folder, self.number) = (trial, folder, number)
    }
}

/// A launch of an earlier controller that goes on without it, or has ended since and is still to be read.
package struct LivingLaunch: Sendable, Hashable {
    package let trial: Trial.ID
    /// The trial's own.
    package let folder: String
    package let number: Int
    package let beginning: Launch.Beginning

    package init(trial: Trial.ID, folder: String, number: Int, beginning: Launch.Beginning) {
        (self.trial, self.folder, self.number, self.beginning) = (trial, folder, number, beginning)
    }
}

/// What has become of earlier launches.
package struct Recovery: Sendable, Hashable {
    /// Processes or jobs that still worked on them and were ended.
    package var ended: Int
    /// Those that are to be taken up.
    package var living: [LivingLaunch]

    package init(ended: Int = 0, living: [LivingLaunch] = []) {
        (self.ended, self.living) = (ended, living)
    }
}

/// Where a launch is that does not run at once: a job in a cluster's queue.
package struct JobState: Sendable, Hashable {
    package enum Phase: String, Sendable, Hashable, CaseIterable { case submitting, pending, running, ending }

    /// The name that the launch's job has for good; its number may change.
    package var name: String
    /// The cluster's number for it; nil: it has none yet.
    package var job: String?
    package var phase: Phase
    /// Why it waits, in the cluster's word.
    package var reason: String?
    package var node: String?
    /// Whether the cluster has put it back into its queue.
    package var isRequeued = false

    package init(name: String, job: String? = nil, phase: Phase, reason: String? = nil, node: String? = nil) {
        (self.name, self.job, self.phase, self.reason, self.node) = (name, job, phase, reason, node)
    }
}

/// A place where trials run. It knows how to start a program there, what it says, how it ends, and what that leaves to be seen;
/// it knows nothing of studies, schedulers or stores.
package protocol TrialRunner: Sendable {
    /// How many threads a trial may compute with.
    var threads: Int { get }

    /// How many that is with so many trials at the same time; the default: as many as ever.
    func threads(for workers: Int) -> Int

    /// So many launches run at a time from now on. The default: nothing.
    func serve(workers: Int)

    /// Where launches find what each has to itself; nil, the default: there is nothing of the kind.
    var places: (any Places)? { get }

    /// Brings to an end what an earlier controller has left, before anything is launched again.
    ///
    /// - Parameter launches: every launch that there may be; most are long over.
    func recover(_ launches: [EarlierLaunch]) async -> Recovery

    /// The folder that a launch has for its process, which finds config.json there; the default: the trial's own.
    func folder(ofLaunch number: Int, in trialFolder: String) -> String

    /// Runs a launch. Returns when its process and all that this started are gone, with what there is to see of that; its cancellation
    /// ends the process.
    ///
    /// - Parameters:
    ///   - onJob: takes what the cluster says of the launch, whenever that changes; `submitting` comes before anything is asked of it,
    ///     and has to be on the disk when this returns. A runner without a queue never calls it.
    ///   - onReport: takes each report before the next is read, and says what is to become of the process.
    func run(
        _ launch: Launch, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion

    /// Goes on with a launch of an earlier controller: gives every report that it has made since its beginning, then those that come,
    /// and else does as ``run(_:onJob:onReport:)``. A runner whose ``recover(_:)`` finds none that live is never asked to.
    func takeUp(
        _ launch: LivingLaunch, reports: WantedReports, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion

    /// From now on the cancellation of a run leaves its job where it is: it returns at once, with `left`. The default: nothing.
    func detach() async

    /// No more launches come: what the cluster still has of those that are over is cleared away.
    ///
    /// - Returns: what may be left there all the same, for people; nil, the default: nothing.
    @discardableResult func close() async -> String?
}

extension TrialRunner {
    package func threads(for workers: Int) -> Int { threads }

    package func serve(workers: Int) {}

    package var places: (any Places)? { nil }

    package func folder(ofLaunch number: Int, in trialFolder: String) -> String { trialFolder }

    package func takeUp(
        _ launch: LivingLaunch, reports: WantedReports, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        Completion(ending: .displaced(.init(reason: "was lost with its controller")))
    }

    package func detach() async {}

    @discardableResult package func close() async -> String? { nil }

    /// Runs a launch where nobody looks at its job.
    package func run(
        _ launch: Launch, onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        await run(launch, onJob: { _ in }, onReport: onReport)
    }
}
