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

/// Runs a trial's process to its end; its cancellation ends the process.
package protocol TrialRunner: Sendable {
    /// Returns when the process and all it started are gone; each report is handed over before the next is read.
    func run(_ launch: Launch, onReport: @escaping @Sendable (ReportLine) async -> Directive) async -> TrialLife.Ending
}
