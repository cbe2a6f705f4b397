package import Studies

/// What there is to see of a launch once it is over; its runner knows where to look.
package struct Evidence: Sendable, Hashable {
    /// What the process was short of, as far as it can be known.
    package var shortage: TrialLife.Shortage?
    /// The line of its log that tells why it failed.
    package var reason: String?
    /// The end of what it left in its log; nil: nothing.
    package var logTail: String?
    /// The byte of the trial's log at which the launch begins.
    package var logStart: Int

    package init(
        shortage: TrialLife.Shortage? = nil, reason: String? = nil, logTail: String? = nil, logStart: Int = 0
    ) {
        self.shortage = shortage
        self.reason = reason
        self.logTail = logTail
        self.logStart = logStart
    }

    /// What a log tells of a launch that ended so; nothing that it says tells why a process was killed.
    ///
    /// - Parameters:
    ///   - path: the trial's log.
    ///   - start: where the launch begins in it.
    package init(log path: String, from start: Int, behind ending: TrialLife.Ending) {
        self.init(logStart: start)
        logTail = FileTail.read(path, bytes: 4096, from: start).flatMap { $0.isEmpty ? nil : $0 }
        if case .exited(let code) = ending, code != 0, ending.foreignSignal == nil {
            reason = logTail.flatMap(TellingLine.find)
        }
    }
}
