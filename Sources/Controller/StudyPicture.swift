import SearchSpaces
package import Studies

/// A study as an observer knows it from its news: a history of its own, so that the controller shares none.
package struct StudyPicture: Sendable {
    package private(set) var history: History

    package init(_ history: History) { self.history = history }

    /// Takes an event; one that tells of what is known already changes nothing.
    package mutating func take(_ event: StudyEvent) {
        switch event {
        case .launched(let trial, startsOver: _), .settled(let trial, error: _), .recovered(let trial), .takenUp(let trial):
            put(trial)
        case .reported(let id, let report):
            // In place: a copy of a trial's reports for each of them would tell.
            guard history.contains(id), history[id].iter < report.iter else { return }
            history[id].reports.append(report)
        case .amended(let id, let report):
            guard history.contains(id), history[id].iter == report.iter else { return }
            history[id].reports[history[id].reports.count - 1] = report
        case .named(let metric): history = history.after(metric)
        case .refused, .noticed, .waiting, .job, .stopping, .confirming, .answered, .open: break
        }
    }

    private mutating func put(_ trial: Trial) {
        if trial.id == history.nextID { return history.add(trial) }
        guard history.contains(trial.id) else { return }
        let known = history[trial.id]
        guard (known.launches, known.iter) <= (trial.launches, trial.iter) else { return }
        history[trial.id] = trial
    }
}
