import SearchSpaces
package import Studies
package import StudyStore
package import TrainerSettings

/// How a study stands: what `status` shows.
package struct StudyStatus: Sendable {
    package enum State: String, Sendable {
        case running, finished, interrupted
    }

    package let study: StudyRecord
    package let history: History
    package let state: State
    /// Who runs it now.
    package let holder: String?
    package let seconds: Double

    /// - Parameter now: seconds since 1970.
    package init(_ store: StudyStore, now: Double) throws {
        holder = StudyLock.holder(of: store.folder)
        study = try store.study()
        history = try store.history()
        state = holder != nil ? .running : study.finishedAt != nil ? .finished : .interrupted
        seconds = try store.seconds(runningUntil: state == .running ? now : nil)
    }

    package func count(_ state: Trial.State) -> Int { history.trials.count { $0.state == state } }

    package var json: SettingValue {
        var trials: [String: SettingValue] = ["total": .int(history.trials.count)]
        for state in Trial.State.allCases { trials[state.rawValue] = .int(count(state)) }
        let best: SettingValue =
            history.best.map { trial, report in
                .object([
                    "trial": .int(trial.id.number), "value": .double(report.value), "step": .integer(report.step),
                    "parameters": .object(trial.assignment.values),
                ])
            } ?? .null
        return .object([
            "study": .string(study.name), "state": .string(state.rawValue),
            "metric": .object(["name": .string(study.metric), "goal": .string(study.goal.rawValue)]),
            "trials": .object(trials), "reports": .int(history.trials.reduce(0) { $0 + $1.reports.count }),
            "best": best, "seconds": .double(seconds),
        ])
    }
}
