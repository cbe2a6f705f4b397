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
    private let folder: StudyFolder

    /// - Parameter now: seconds since 1970.
    package init(_ store: StudyStore, now: Double) throws {
        folder = store.folder
        holder = StudyLock.holder(of: store.folder)
        study = try store.study()
        history = try store.history()
        state = holder != nil ? .running : study.finishedAt != nil ? .finished : .interrupted
        seconds = try store.seconds(runningUntil: state == .running ? now : nil)
    }

    /// nil: the study is after one metric.
    package var front: ParetoFront? { ParetoFront(study, history, in: folder) }

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
        var status: [String: SettingValue] = [
            "study": .string(study.name), "state": .string(state.rawValue),
            "metric": .object(["name": .string(study.metric), "goal": .string(study.goal.rawValue)]),
            "trials": .object(trials), "reports": .int(history.trials.reduce(0) { $0 + $1.reports.count }),
            "best": best, "seconds": .double(seconds),
        ]
        if let front {
            status["front"] = .int(front.members.count)
            status["metrics"] = .array(
                front.metrics.map { .object(["name": .string($0.name), "goal": .string($0.goal.rawValue)]) })
        }
        return .object(status)
    }
}
