package import SearchSpaces
package import Studies
package import StudyStore

/// Something that happened in a study, for whoever shows it.
package enum StudyEvent: Sendable, Hashable {
    /// `launches` above 1: the trial goes on from its checkpoint, or starts over for the reason given.
    case launched(Trial, startsOver: String? = nil)
    case reported(Trial.ID, Report)
    /// A further line told of the evaluation that the trial's latest report is of.
    case amended(Trial.ID, Report)
    /// A launch that has outlived the last controller is followed again.
    case takenUp(Trial)
    /// What the cluster says of the job of a trial's launch.
    case job(JobRecord)
    /// A trial with what it had printed before an earlier controller died.
    case recovered(Trial)
    /// The space file names no metric: trials are compared by this one, which one of them reported first.
    case named(Metric)
    /// A launch is over; `error` tells why a trial failed.
    case settled(Trial, error: String?)
    /// The search is over; so many configurations are retrained, with the plan's seeds at most.
    case confirming(ConfirmationPlan, candidates: Int)
    /// Configurations passed over because they break a constraint.
    case refused(Int)
    /// Something about how trials report that is worth a word; each kind is said once a run.
    case noticed(Trial.ID, String)
    /// A launch waits for a place, and for what; or launches have other places from now on.
    case waiting(String)
    case stopping(StopReason)
    /// A request was taken and answered.
    case answered(RecordedRequest)
    case open(OpenRequests)
}

/// What was asked for and is still to come.
package struct OpenRequests: Sendable, Hashable {
    /// Configurations that wait to be started.
    package var queued: Int
    /// Trials whose processes are being ended.
    package var pruning: [Trial.ID]

    package init(queued: Int = 0, pruning: [Trial.ID] = []) { (self.queued, self.pruning) = (queued, pruning) }
}

/// Why a run ends before the study's last trial.
package enum StopReason: Sendable, Hashable {
    /// The user asked for it.
    case interrupted
    /// Likewise, with the trials' jobs left where they are.
    case detached
    case timeUp
    case targetReached(Double)
    /// The history can no longer be written; going on would lose what is computed.
    case storeFailed(String)
    /// Something that is no trial's fault keeps trials from running: no space on the disk, no way to start a process.
    case obstructed(String)
    /// Too many trials have failed, or the first ones all have.
    case failing(String)
}

/// How a run ended.
package enum Outcome: Sendable, Hashable {
    /// Nothing is left to do; `note` tells why, where it is not simply that all trials have run.
    case finished(note: String?)
    /// The study can be resumed.
    case stopped(StopReason)
}
