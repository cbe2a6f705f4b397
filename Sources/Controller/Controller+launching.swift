import SearchSpaces
import Studies
import StudyStore
import TrainerSettings
import TrialRunners

extension Controller {
    /// Prepares a launch and records it; nil where there is nothing to start.
    func launch(_ next: NextLaunch) throws -> Launch? {
        try store.requirePresence()
        var life = TrialLife(
            history[next.trial], maxRetries: specification.supervision.maxRetries,
            halving: preparation.halving(of: history[next.trial]))
        // A number that a power cut took from the store may have left files.
        if next.isNew { preparation.removeCheckpoint(of: next.trial) }
        forgotten.remove(next.trial)
        let hasCheckpoint = preparation.hasCheckpoint(next.trial)
        _ = life.handle(.launched(fromCheckpoint: hasCheckpoint, milestone: next.milestone))
        behind[next.trial] = hasCheckpoint ? preparation.reportsAhead(of: life.trial) : nil
        let worker = workerSlot
        let launch: Launch
        do {
            launch = try preparation.prepare(
                life.trial, resuming: hasCheckpoint, worker: worker, in: place,
                launchFolder: runner.folder(ofLaunch: life.trial.launches, in: store.folder.trial(next.trial)))
        } catch let error as TrainerSettingsError {
            if next.isNew { try store.add(history[next.trial], at: now()) }
            try refuse(life.trial, "\(error)")
            return nil
        } catch let error as StudyStoreError {
            begin(stopping: .obstructed("\(error)"))
            return nil
        } catch {
            let path = store.folder.trial(next.trial)
            let remedy = "it has to be a folder that can be written, on a disk with room"
            begin(
                stopping: .obstructed(
                    "\(path): trial \(next.trial)'s folder cannot be written: \(systemReason(error)); \(remedy)"))
            return nil
        }
        if next.isNew { try store.add(life.trial, at: now()) } else { try store.launched(life.trial, at: now()) }
        note(life.trial)
        if life.trial.enqueuedBy != nil { announceOpenRequests() }
        lives[next.trial] = life
        diskUse?.launched(next.trial)
        slots[next.trial] = worker
        announce(.launched(life.trial, startsOver: hasCheckpoint ? nil : reasonToStartOver(life.trial)))
        return launch
    }

    /// nil for a trial that has reported nothing, or is new.
    private func reasonToStartOver(_ trial: Trial) -> String? {
        let reason = lostCheckpoints.removeValue(forKey: trial.id)
        guard trial.launches > 1, !trial.reports.isEmpty else { return nil }
        return reason ?? (preparation.hasDraft(trial.id) ? "its checkpoint was not complete" : "it left no checkpoint")
    }
}
