import SearchSpaces
package import Studies

/// A study as an observer knows it from its news: a history of its own, so that the controller shares none.
package struct StudyPicture: Sendable {
    package private(set) var history: History

    package init(_ history: History) { self.history = history }

    /// Takes an event; one that tells of what is known already changes nothing.
    package mutating func take(_ event: StudyEvent) {
        switch event {
        case .launched(let trial, startsOver: _), .settled(let trial, error: _), .recovered(let trial): put(trial)
        case .reported(let id, let report):
            // In place: a copy of a trial's reports for each of them would tell.
            guard history.trials.indices.contains(id.number), history.trials[id.number].iter < report.iter else { return }
            history.trials[id.number].reports.append(report)
        case .amended(let id, let report):
            guard history.trials.indices.contains(id.number), history.trials[id.number].iter == report.iter else { return }
            history.trials[id.number].reports[history.trials[id.number].reports.count - 1] = report
        case .named(let metric): history = history.after(metric)
        case .refused, .noticed, .waiting, .stopping: break
        }
    }

    private mutating func put(_ trial: Trial) {
        let number = trial.id.number
        if number == history.trials.count { return history.trials.append(trial) }
        guard number < history.trials.count else { return }
        let known = history.trials[number]
        guard (known.launches, known.iter) <= (trial.launches, trial.iter) else { return }
        history.trials[number] = trial
    }
}
