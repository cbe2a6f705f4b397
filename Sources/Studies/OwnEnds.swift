/// What trials tell of a program that ends by itself at a rung: does it stop there as it is told to, or was it done?
///
/// Both look alike: exit code 0 after the rung's report. A trial that was promoted from there tells them apart: it makes more
/// reports, or ends again without one. Where none was, a program that was to be promoted would have left a checkpoint.
package struct OwnEnds: Sendable {
    /// How a trial's process ended by itself at a rung; kept with the trial, so that a resumed study knows it too.
    package struct End: Sendable, Hashable, Codable {
        /// The report at which it ended, and the one at which it did for the first time.
        package let iter: Int
        package let first: Int
        package let leftCheckpoint: Bool

        package init(iter: Int, first: Int, leftCheckpoint: Bool) {
            self.iter = iter
            self.first = first
            self.leftCheckpoint = leftCheckpoint
        }
    }

    private var ends: [Trial.ID: End] = [:]
    private var stopsAsTold = false
    /// Report counts at which a promoted trial ended again.
    private var wholeLengths: Set<Int> = []

    package init() {}

    /// Takes what was kept with a trial.
    package mutating func restore(_ end: End, of trial: Trial) {
        ends[trial.id] = end
        if trial.iter > end.first { stopsAsTold = true }
        if trial.state == .complete, trial.iter == end.iter { wholeLengths.insert(end.iter) }
    }

    /// Takes how a launch left its trial.
    ///
    /// - Returns: what is to be kept with the trial; nil: nothing new.
    package mutating func note(_ life: TrialLife, _ ending: TrialLife.Ending, leftCheckpoint: Bool) -> End? {
        let trial = life.trial
        if let earlier = ends[trial.id] {
            if trial.iter > earlier.iter { stopsAsTold = true }
            if trial.iter == earlier.iter, trial.state == .complete { wholeLengths.insert(trial.iter) }
        }
        guard trial.state == .paused, ending == .exited(0), life.ahead == 0 else { return nil }
        let end = End(iter: trial.iter, first: ends[trial.id]?.first ?? trial.iter, leftCheckpoint: leftCheckpoint)
        ends[trial.id] = end
        return end
    }

    /// Whether a paused trial that is not promoted any more had most likely run to its own end.
    package func isWhole(_ trial: Trial) -> Bool {
        guard trial.state == .paused, !stopsAsTold, let end = ends[trial.id], end.iter == trial.iter else { return false }
        return wholeLengths.contains(trial.iter) || !end.leftCheckpoint
    }
}
