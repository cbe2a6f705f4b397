import SearchSpaces
import Studies
import StudyStore
import TrialRunners

extension Controller {
    /// What is on record of a launch that is lived through again: its lines come once more, from the first.
    struct Relived {
        /// Reports of the trial.
        let reports: Int
        /// What becomes of the trial after the last of them.
        let decision: Decision
    }

    /// Trials of launches that live keep running; all others that ran wait.
    func beginRun() throws {
        let running = try store.runningLaunches()
        living = living.filter { running[$0.trial] == $0.number }.sorted { $0.trial < $1.trial }
        try store.beginRun(at: now(), workers: specification.workers, keeping: living.map(\.trial))
    }

    /// Gives every launch that lives its life again.
    ///
    /// What was not decided after the last of its reports is decided now, with the others still waiting that come after it: the replay goes by
    /// the same order.
    func takeUpLiving() throws {
        for launch in living { history[launch.trial].state = .waiting }
        unheard = Set(living.map(\.trial))
        let open = Dictionary(try store.openJobs().map { (Trial.ID($0.trial), $0) }) { $1 }
        for launch in living {
            jobs[launch.trial] = open[launch.trial]
            // Whether it still waits is the cluster's to say.
            jobs[launch.trial]?.phase = "running"
            takeUp(launch, after: open[launch.trial]?.verdict)
        }
    }

    /// - Parameter verdict: what was decided of it, so that its job may have been told; nil: nothing was.
    private func takeUp(_ launch: LivingLaunch, after verdict: Decision?) {
        let id = launch.trial
        history[id].state = .running
        note(history[id])
        let known = history[id].reports.count
        if known > launch.beginning.reports { relived[id] = Relived(reports: known, decision: verdict ?? decision(on: id)) }
        var trial = history[id]
        trial.reports = Array(trial.reports.prefix(launch.beginning.reports))
        trial.launches -= 1
        behind[id] = launch.beginning.isResumed ? preparation.reportsAhead(of: trial) : nil
        var life = TrialLife(
            trial, maxRetries: specification.supervision.maxRetries, halving: preparation.halving(of: history[id]))
        _ = life.handle(.launched(fromCheckpoint: launch.beginning.isResumed, milestone: trial.milestone))
        lives[id] = life
        slots[id] = workerSlot
        diskUse?.launched(id)
        announce(.takenUp(history[id]))
    }

    /// Takes a line that may be on record already; nil: all that is on record of the launch has come.
    func relive(_ id: Trial.ID, _ line: ReportLine) -> Directive? {
        guard let known = relived[id], var life = lives.removeValue(forKey: id) else { return nil }
        defer { lives[id] = life }
        guard case .record(let report) = life.handle(.reported(step: line.step, value: line.value, metrics: line.metrics)),
            report.iter >= known.reports
        else { return .goOn }
        relived[id] = nil
        guard case .end(let decision) = life.handle(.decided(known.decision)) else { return .goOn }
        return Directive(decision)
    }

    /// The launch is over, whether all that is on record of it came once more or not.
    func finishReliving(_ life: inout TrialLife) {
        guard let known = relived.removeValue(forKey: life.trial.id) else { return }
        life.restore(history[life.trial.id].reports)
        _ = life.handle(.decided(known.decision))
    }

    /// Takes jobs that wait out of the queue where there are more than workers: of the trials that have come the least far, the newest first.
    /// Those that run go on to their end. Of jobs that were taken up all have to be known.
    func takeBack() {
        guard unheard.isEmpty else { return }
        let going = lives.keys.filter { !takenBack.contains($0) }
        let waiting = jobs.values.filter { ["submitting", "pending"].contains($0.phase) && !$0.requeued }
            .filter { going.contains(Trial.ID($0.trial)) }
            .map { (reports: history[Trial.ID($0.trial)].reports.count, job: $0) }
            .sorted { (-$0.reports, $0.job.submittedAt, $0.job.trial) > (-$1.reports, $1.job.submittedAt, $1.job.trial) }
            .map(\.job)
        for job in waiting.prefix(max(0, going.count - specification.workers)) {
            let id = Trial.ID(job.trial)
            takenBack.insert(id)
            processes[id]?.cancel()
        }
    }

    /// Before the trial's job is told of it: the next controller goes by it.
    func noteVerdict(_ decision: Decision, of id: Trial.ID) throws {
        if jobs[id] != nil { try store.note(decision, of: id, at: now()) }
    }

    /// Takes what a cluster says of a trial's job.
    func noted(_ state: JobState, of id: Trial.ID) {
        guard let life = lives[id] else { return }
        do {
            let job = try store.note(
                JobRecord(
                    trial: id, launch: life.trial.launches, name: state.name, job: state.job, phase: state.phase.rawValue,
                    reason: state.reason, node: state.node, requeued: state.isRequeued, at: now()))
            jobs[id] = job
            // Before the first look at the queue it is asked for a job that may be there.
            if state.phase != .submitting || state.reason != nil { unheard.remove(id) }
            announce(.job(job))
            takeBack()
        } catch {
            let reason = StopReason.storeFailed("trial \(id)'s job \(state.job ?? state.name) cannot be recorded: \(error)")
            begin(stopping: reason)
            stop.yield(reason)
        }
    }
}

extension Directive {
    /// What a trial is told of what was decided.
    init(_ decision: Decision) {
        switch decision {
        case .pause: self = .pause
        case .complete: self = .finish
        case .stop: self = .endNow
        case .continue: self = .goOn
        }
    }
}
