/// The life of one trial as a state machine: events in, what has to be done about them out. No I/O.
///
/// waiting -> running -> paused -> running ... -> complete | pruned | failed. A trial whose controller died is
/// waiting again when the study is resumed.
package struct TrialLife: Sendable, Hashable {
    package private(set) var trial: Trial
    /// What ends the present launch, once something has been decided to.
    private var verdict: Decision?
    /// Reports seen since the launch, repeated ones included.
    private var seen = 0
    /// Reports that the present launch made after it was weighed.
    package private(set) var ahead = 0
    /// Reports made before the launch, which it may make again.
    private var earlier: [Report] = []
    private var resumed = false
    /// What the launch's steps tell of repetitions, and for lines without one their epochs.
    private var steps = StepCount([], resumed: false)
    private var epochs = StepCount([], resumed: false)
    /// The evaluation that the last line told of.
    private var evaluation: Evaluation?
    private let maxRetries: Int
    private let halving: Halving?

    /// How a trial that runs out of memory is launched with half its batch.
    package struct Halving: Sendable, Hashable {
        /// "batch_size 8, gradient_accumulation_steps 2"
        package let sizes: String
        /// Whether it goes on from a checkpoint that was made with the whole batch.
        package let keepsCheckpoint: Bool

        package init(sizes: String, keepsCheckpoint: Bool) {
            (self.sizes, self.keepsCheckpoint) = (sizes, keepsCheckpoint)
        }
    }

    /// - Parameters:
    ///   - maxRetries: how often a process that was killed from outside is made up for.
    ///   - halving: nil: the batch stays as it is.
    package init(_ trial: Trial, maxRetries: Int = 0, halving: Halving? = nil) {
        self.trial = trial
        self.maxRetries = maxRetries
        self.halving = halving
    }

    /// Whether it has been decided that the present launch ends.
    package var isEnding: Bool { verdict != nil }

    /// A launch that is lived through again ended before all that is on record of it came once more: what is on record holds.
    package mutating func restore(_ reports: [Report]) { trial.reports = reports }

    /// Where the present launch's steps began again, so that its reports are counted without them; nil: nowhere.
    package var newBeginning: StepCount.Beginning? { steps.beginning }

    package enum Event: Sendable, Hashable {
        /// A process was started, from a checkpoint or from nothing, to be weighed after the milestone's report.
        case launched(fromCheckpoint: Bool, milestone: Int?)
        case reported(step: Int?, value: Double, metrics: [String: Double])
        case decided(Decision)
        /// `saying`: the line of its log that tells why it failed.
        case exited(Ending, lacking: Shortage? = nil, saying: String? = nil)
        /// The controller ends the run, or died; the trial goes on when the study is resumed.
        case interrupted
        /// The study is over and the trial was not promoted.
        case dropped
        /// A request takes it out, whatever had been decided of it.
        case pruned(by: Int)
    }

    package enum Action: Sendable, Hashable {
        case none
        case record(Report)
        /// A further line tells of the evaluation of a report that there is: the report as it is with what that line adds.
        case amend(Report)
        /// Ask the process to end, in the way that the decision allows.
        case end(Decision)
        case settle(Trial.State, error: String?)
        /// It waits to be launched again, from its checkpoint or, where that was no good, from the beginning.
        case retry(fromCheckpoint: Bool, error: String)
    }

    /// Takes an event and says what it means.
    package mutating func handle(_ event: Event) -> Action {
        switch event {
        case .launched(let fromCheckpoint, let milestone):
            (verdict, seen, earlier, resumed, evaluation) = (nil, 0, trial.reports, fromCheckpoint, nil)
            steps = StepCount(earlier, resumed: fromCheckpoint)
            epochs = StepCount(earlier, resumed: fromCheckpoint, by: \.metrics.epoch)
            ahead = 0
            trial.state = .running
            trial.milestone = milestone
            trial.launches += 1
            return .none
        case .reported(let step, let value, let metrics):
            return report(step: step, value: value, metrics: metrics)
        case .decided(let decision):
            guard decision != .continue, verdict == nil else { return .none }
            verdict = decision
            return .end(decision)
        case .exited(let ending, let shortage, let reason):
            return settle(ending, lacking: shortage, saying: reason)
        case .interrupted:
            guard !trial.state.isFinal, trial.state != .paused else { return .none }
            return settle(as: .waiting)
        case .dropped:
            guard !trial.state.isFinal else { return .none }
            return settle(as: .pruned)
        case .pruned(let request):
            guard !trial.state.isFinal else { return .none }
            trial.prunedBy = request
            guard trial.state == .running else { return settle(as: .pruned) }
            verdict = .stop
            return .end(.stop)
        }
    }

    private mutating func report(step: Int?, value: Double, metrics: [String: Double]) -> Action {
        let line = Evaluation.Line(step: step, value: value, metrics: metrics)
        if evaluation?.take(line) == true { return amend(by: line) }
        evaluation = Evaluation(line)
        seen += 1
        if let step { steps.take(step, value) }
        if let epoch = metrics.epoch { epochs.take(epoch, value) }
        if verdict != nil { ahead += 1 }
        // A program that goes on after it was weighed must not count for more than one that stopped.
        guard verdict == nil, !isRepeated(line) else { return .none }
        let report = Report(iter: trial.reports.count + 1, step: step, value: value, metrics: metrics)
        trial.reports.append(report)
        evaluation?.iter = report.iter
        return .record(report)
    }

    private mutating func amend(by line: Evaluation.Line) -> Action {
        guard let iter = evaluation?.iter, iter == trial.reports.count else { return .none }
        let report = trial.reports[iter - 1].adding(step: line.step, line.metrics)
        trial.reports[iter - 1] = report
        return .amend(report)
    }

    /// A trial that starts over, or from a checkpoint older than its last report, makes reports again that it made before.
    private func isRepeated(_ line: Evaluation.Line) -> Bool {
        guard let last = earlier.last else { return false }
        if let step = line.step, let repeats = steps.repeats(step) { return repeats }
        if line.step == nil, resumed, let epoch = line.metrics.epoch, let repeats = epochs.repeats(epoch) { return repeats }
        guard resumed else { return seen <= earlier.count }
        // Reports come before checkpoints, so the last one may come again; without a step its figures have to tell.
        return seen == 1 && line.value == last.value && line.metrics.allSatisfy { last.metrics[$0.key] == $0.value }
    }

    private mutating func settle(_ ending: Ending, lacking shortage: Shortage?, saying reason: String?) -> Action {
        if ending == .left { return .none }
        if verdict == .stop { return settle(as: .pruned) }
        let hasDone = verdict == .pause ? Trial.State.paused : .complete
        switch ending {
        case .exited(0) where trial.reports.isEmpty:
            let error = "ended without a report of the study's metric"
            return retry(after: ending, error: error) ?? settle(as: .failed, error: error)
        case .killed where hasDone == .paused:
            return settle(as: .paused, error: ending.words + ": its checkpoint may not be complete (`grace` in the space file)")
        case .exited(0), .terminated, .killed: return settle(as: hasDone)
        case .notStarted(let reason): return settle(as: .waiting, error: reason)
        case .displaced where verdict != nil, .cancelled where verdict != nil: return settle(as: hasDone)
        case .displaced(let displacement): return displaced(displacement)
        case .cancelled: return settle(as: .failed, error: ending.words)
        case .left: return .none
        case .exited, .signaled, .relayed, .timedOut: break
        }
        // Its last report was what this launch was for.
        if verdict != nil, ending.foreignSignal != nil { return settle(as: hasDone) }
        let error = ending.words + (reason.map { ": \($0)" } ?? "") + (shortage?.words ?? "")
        if case .disk = shortage { return settle(as: .waiting, error: error) }
        guard case .memory(let memory) = shortage, memory.certainty != .possible else {
            return retry(after: ending, error: error) ?? settle(as: .failed, error: error)
        }
        // What the kernel killed may have made room for a neighbor: it is tried again before it is taken for too large.
        if memory.certainty == .counted, let again = retry(after: ending, error: error) { return again }
        return runOut(memory, error: error)
    }

    /// Nobody's fault: it goes on, as long as its launches come to something.
    private mutating func displaced(_ displacement: Displacement) -> Action {
        let hasProgress = trial.reports.count > earlier.count || displacement.leftCheckpoint
        trial.displacements = hasProgress ? 0 : trial.displacements + 1
        guard trial.displacements < Self.mostDisplacements else {
            return settle(
                as: .failed,
                error:
                    "\(displacement.reason), as the two launches before it, and none came to a report or a newer checkpoint; let jobs "
                    + "take longer (`time` in the space file's runner), or the trial report and save more often")
        }
        trial.state = .waiting
        let way = trial.reports.isEmpty && !displacement.leftCheckpoint ? "is launched again" : "goes on"
        return .retry(fromCheckpoint: true, error: "\(displacement.reason); it \(way)")
    }

    /// In a row, without a report or a newer checkpoint.
    private static let mostDisplacements = 3

    /// It needs more memory than there is: half the batch is tried, or it ends.
    private mutating func runOut(_ memory: Shortage.Memory, error: String) -> Action {
        guard let halving else {
            trial.outOfMemory = memory.words
            return settle(as: .pruned, error: error)
        }
        trial.halvings += 1
        (trial.state, trial.retries) = (.waiting, 0)
        let way = halving.keepsCheckpoint ? "goes on" : "starts over"
        return .retry(fromCheckpoint: halving.keepsCheckpoint, error: "\(error); it \(way) with \(halving.sizes)")
    }

    /// Whoever was killed goes on; whoever could not go on from its checkpoint starts over.
    private mutating func retry(after ending: Ending, error: String) -> Action? {
        let isKilled = ending.foreignSignal != nil
        var couldGoOn = !resumed || trial.reports.count > earlier.count
        if case .timedOut(.launch) = ending { couldGoOn = true }
        guard isKilled ? trial.retries < maxRetries : !couldGoOn else { return nil }
        trial.state = .waiting
        // Without its checkpoint it cannot come here again: no limit is needed.
        guard isKilled else {
            return .retry(
                fromCheckpoint: false,
                error: error + "; it starts over, as its checkpoint was not complete or could not be read")
        }
        trial.retries += 1
        return .retry(fromCheckpoint: true, error: "\(error); it goes on (retry \(trial.retries) of \(maxRetries))")
    }

    private mutating func settle(as state: Trial.State, error: String? = nil) -> Action {
        trial.state = state
        return .settle(state, error: error)
    }
}
