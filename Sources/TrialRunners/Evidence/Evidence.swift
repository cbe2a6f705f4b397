package import Studies

/// What there is to see of a launch once it is over; its runner knows where to look.
package struct Evidence: Sendable, Hashable, Codable {
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
}

extension Completion {
    /// How a launch has ended by what it left to see.
    ///
    /// - Parameters:
    ///   - ending: of its process.
    ///   - path: the trial's log.
    ///   - start: where the launch begins in it.
    ///   - errors: the end of what is in it of standard error, where that is known apart.
    package init(
        _ ending: TrialLife.Ending, log path: String, from start: Int, errors: String = "", machine: MachineSigns
    ) {
        self.init(ending: ending, evidence: Evidence(logStart: start))
        let isWell = [.exited(0), .terminated, .killed].contains(ending)
        let text = FileTail.read(path, bytes: isWell ? LogEnd.lastBytes : LogEnd.bytes, from: start) ?? ""
        evidence.logTail = text.isEmpty ? nil : String(decoding: text.utf8.suffix(LogEnd.lastBytes), as: UTF8.self)
        guard !isWell else { return }
        let log = LogEnd(text)
        self.ending = LauncherSigns(log).ending(behind: ending)
        evidence.shortage = ShortageSigns(log: log, machine: machine).shortage(behind: self.ending)
        // Nothing that it says tells why a process was killed.
        if case .exited = self.ending, self.ending.foreignSignal == nil {
            evidence.reason = MemorySigns(log).sign?.line ?? TellingLine.find(in: log, errors: LogEnd(errors))
        }
    }
}
