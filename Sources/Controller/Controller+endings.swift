import Confirmations
import Schedulers
import SearchSpaces
import Studies
import StudyStore
import TrialRunners

extension Controller {
    /// A process is gone: what becomes of its trial, and of the run.
    func launchEnded(_ id: Trial.ID, _ completion: Completion) throws {
        let (ending, evidence, seconds) = (completion.ending, completion.evidence, completion.seconds)
        if Task.isCancelled { begin(stopping: .interrupted) }
        if ending == .exited(0) { takeBehind(id) }
        guard var life = lives.removeValue(forKey: id) else { return }
        (slots[id], processes[id], jobs[id]) = (nil, nil, nil)
        unheard.remove(id)
        let wasTakenBack = takenBack.remove(id) != nil && ending == .terminated
        // It runs on, and the store has it running: the next run takes it up.
        if ending == .left { return }
        // It may have been the last one that was not known.
        if stopping == nil { takeBack() }
        finishReliving(&life)
        diskUse?.note(id)
        // What cannot be recorded is taken up again when the study is resumed.
        if case .storeFailed = stopping { return dropCheckpointBeyondRecord(of: id) }
        if case .targetReached = stopping { _ = life.handle(.decided(.stop)) }
        if stopping != nil, !life.isEnding {
            guard case .settle(_, let error) = life.handle(.interrupted) else { return }
            return try settle(life.trial, error: error, seconds: seconds)
        }
        if wasTakenBack, !life.isEnding, case .settle = life.handle(.interrupted) {
            return try settle(life.trial, error: "its job was taken out of the queue, as fewer work at the same time now")
        }
        let action = life.handle(.exited(ending, lacking: evidence.shortage, saying: evidence.reason))
        if let end = ownEnds.note(life, ending, leftCheckpoint: preparation.hasCheckpoint(id)) {
            preparation.keep(end, of: id)
        }
        switch action {
        case .settle where life.trial.prunedBy != nil: try settlePruned(life.trial, seconds: seconds)
        case .settle(_, var error):
            if ending == .exited(0), life.trial.reports.isEmpty, error != nil {
                error? += ": " + preparation.lackOfReports(of: id, from: evidence.logStart)
            }
            try settle(life.trial, error: error, log: evidence.logTail, seconds: seconds)
        case .retry(let fromCheckpoint, let error):
            if !fromCheckpoint {
                removeCheckpoint(of: id)
                lostCheckpoints[id] =
                    life.trial.halvings > history[id].halvings
                    ? "its batch is half as large" : "its checkpoint was not complete or could not be read"
            }
            try settle(life.trial, error: error, log: evidence.logTail, seconds: seconds)
        case .none, .record, .amend, .end: return
        }
        judge(life.trial, ending, evidence.shortage)
    }

    /// A trial that waits at a rung though its program had run to its own end there.
    func complete(_ trial: Trial) throws {
        var life = TrialLife(trial)
        _ = life.handle(.decided(.complete))
        _ = life.handle(.exited(.exited(0)))
        try settle(life.trial)
    }

    /// Records how a launch left its trial.
    ///
    /// - Parameter seconds: that it ran for; nil: from its start until now.
    func settle(_ trial: Trial, error: String? = nil, log: String? = nil, seconds: Double? = nil) throws {
        try store.settle(trial, error: error, logTail: error == nil ? nil : log, seconds: seconds, at: now())
        note(trial)
        behind[trial.id] = nil
        let ahead = ahead.removeValue(forKey: trial.id)
        if trial.state != .waiting {
            preparation.keep(trial.state == .paused ? ahead : nil, of: trial.id)
            preparation.removeOutput(of: trial.id)
        }
        if trial.state.isFinal { removeCheckpoint(of: trial.id) }
        forgetEliminated()
        announce(.settled(trial, error: error))
    }

    /// Removes the checkpoints of trials that wait for a promotion that cannot come.
    private func forgetEliminated() {
        settlements += 1
        // Every trial is looked at: once for many launches in a large study, so that a launch costs no more there.
        guard settlements > history.trials.count / 64 else { return }
        settlements = 0
        for id in scheduler.eliminated(in: history, runCap: plan.trialCount) where forgotten.insert(id).inserted {
            removeCheckpoint(of: id)
            lostCheckpoints[id] = "its checkpoint was removed when nothing could promote it"
        }
    }

    private func removeCheckpoint(of id: Trial.ID) {
        preparation.removeCheckpoint(of: id)
        diskUse?.note(id)
    }

    /// A configuration that its trainer would refuse has failed without a launch.
    func refuse(_ trial: Trial, _ reason: String) throws {
        var refused = trial
        refused.state = .failed
        try settle(refused, error: reason)
        judge(refused, .terminated, nil)
    }

    /// Whether the run can go on after a launch that ended so.
    private func judge(_ trial: Trial, _ ending: TrialLife.Ending, _ shortage: TrialLife.Shortage?) {
        if case .notStarted(let reason) = ending { begin(stopping: .obstructed("trial \(trial.id): \(reason)")) }
        if case .disk(let evidence)? = shortage, trial.state == .waiting {
            begin(stopping: .obstructed("the disk is full: trial \(trial.id) \(ending.words) (\(evidence))"))
        }
        if let warning = failures.note(trial) { announce(.noticed(trial.id, warning)) }
        let isMore =
            race.map { !$0.isOver } ?? (history.trials.count < plan.trialCount || history.trials.contains { !$0.state.isFinal })
        if let reason = failures.reason, isMore { begin(stopping: .failing(reason)) }
    }

    // MARK: - The run's end

    func conclude() throws -> Outcome {
        if !isObstructed { try takeRequests(.ending) }
        isDeaf = true
        switch stopping {
        case .storeFailed(let reason)?:
            throw ControllerError(reason)
        case .interrupted?, .detached?, .timeUp?, .failing?:
            try store.endRun(stopping?.word ?? "", finished: false, at: now())
            return .stopped(stopping ?? .interrupted)
        case .obstructed(let reason)?:
            // Where the disk is full even this may fail; the reason is what counts.
            try? store.endRun("obstructed", finished: false, at: now())
            return .stopped(.obstructed(reason))
        case .targetReached?, nil:
            let note = endNote
            try drop(history.trials + history.confirmations)
            try store.endRun("finished", finished: true, at: now())
            return .finished(note: note)
        }
    }

    /// Whether the store may not take anything any more.
    private var isObstructed: Bool {
        switch stopping {
        case .storeFailed?, .obstructed?: true
        default: false
        }
    }

    /// Why the search ended before its last trial; nil: it did not.
    var endNote: String? {
        guard case .targetReached(let value)? = stopping else { return searchNote ?? plan.exhausted }
        let whole = specification.otherMetrics.isEmpty ? "the target" : "its target, and so did all other metrics"
        return "\(specification.metric.name) reached \(whole): \(value)"
    }

    /// The study is over: what was not promoted is pruned.
    func drop(_ trials: [Trial]) throws {
        for trial in trials where !trial.state.isFinal {
            if ownEnds.isWhole(trial) {
                try complete(trial)
                continue
            }
            var life = TrialLife(trial)
            _ = life.handle(.dropped)
            try settle(life.trial)
        }
    }
}

extension StopReason {
    /// What the store says of a run that ended so.
    fileprivate var word: String {
        switch self {
        case .timeUp: "time"
        case .failing: "failing"
        case .detached: "detached"
        default: "interrupted"
        }
    }
}
