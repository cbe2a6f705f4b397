package import SearchSpaces
package import Studies

/// Who goes on, waits or stops: the history in, a decision out, the same for the same history.
///
/// What it promotes, and how far a trial goes at first, is asked by `PromotionRule`, in Studies. A new one has a file here and its line in
/// ``makeScheduler(_:runCap:)``.
package protocol Scheduler: PromotionRule {
    /// What becomes of a running trial after its latest report. Asked again after a restart, the answer is the same.
    func decide(_ id: Trial.ID, in history: History) -> Decision

    /// The paused trials that are not promoted any more, however the others come out, as long as those do not fail: what
    /// they would go on from can go. Should one be promoted after all, it starts over.
    ///
    /// - Parameter runCap: trials in the whole study.
    func eliminated(in history: History, runCap: Int) -> [Trial.ID]
}

/// The scheduler that a space file asks for.
///
/// - Parameter runCap: trials in the whole study: the last bracket of successive halving may be smaller.
package func makeScheduler(_ termination: EarlyTermination, runCap: Int) -> any Scheduler {
    switch termination {
    case .none: NoScheduler()
    case .median(let warmUp, let startUpTrials): MedianRule(warmUp: warmUp, startUpTrials: startUpTrials)
    case .successiveHalving(let rungs): SuccessiveHalving(rungs, runCap: runCap)
    case .hyperband(let rungs):
        // Without a maximum there are no brackets to be told apart by how far below it they begin.
        rungs.maximum == nil ? AsynchronousHalving(rungs) : SuccessiveHalving.hyperband(rungs, runCap: runCap)
    case .asha(let rungs, let brackets): AsynchronousHalving(rungs, brackets: brackets)
    }
}
