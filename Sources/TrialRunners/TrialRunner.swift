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
package enum Directive: Sendable, Hashable {
    case goOn
    /// It has come to its rung: it may save a checkpoint and end by itself, and is told to where it does not in the grace time.
    case pause
    /// It has made its last report: it may end by itself, however long that takes.
    case finish
    case endNow
}

/// How a launch came to its end.
package struct Completion: Sendable, Hashable {
    package var ending: TrialLife.Ending
    package var evidence: Evidence

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

    package init(trial: Trial.ID, folder: String) {
        self.trial = trial
        self.folder = folder
    }
}

/// What has become of earlier launches.
package struct Recovery: Sendable, Hashable {
    /// Processes that still worked on them and were ended.
    package var ended: Int

    package init(ended: Int = 0) {
        self.ended = ended
    }
}

/// A place where trials run. It knows how to start a program there, what it says, how it ends, and what that leaves to be seen;
/// it knows nothing of studies, schedulers or stores.
package protocol TrialRunner: Sendable {
    /// How many threads a trial may compute with.
    var threads: Int { get }

    /// How many that is with so many trials at the same time; the default: as many as ever.
    func threads(for workers: Int) -> Int

    /// Where launches find what each has to itself; nil, the default: there is nothing of the kind.
    var places: (any Places)? { get }

    /// Brings to an end what an earlier controller has left, before anything is launched again.
    ///
    /// - Parameter launches: every launch that there may be; most are long over.
    func recover(_ launches: [EarlierLaunch]) async -> Recovery

    /// Runs a launch. Returns when its process and all that this started are gone, with what there is to see of that; its cancellation
    /// ends the process.
    ///
    /// - Parameter onReport: takes each report before the next is read, and says what is to become of the process.
    func run(_ launch: Launch, onReport: @escaping @Sendable (ReportLine) async -> Directive) async -> Completion
}

extension TrialRunner {
    package func threads(for workers: Int) -> Int { threads }

    package var places: (any Places)? { nil }
}
