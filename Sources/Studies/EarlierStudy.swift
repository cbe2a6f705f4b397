/// A study that another one learns from: its trials as they stood when the other one began.
package struct EarlierStudy: Sendable, Hashable {
    package let name: String
    /// A trial's best report stands for all of them.
    package let history: History

    package init(name: String, history: History) {
        self.name = name
        let trials = history.trials.map { trial in
            var short = trial
            short.reports = trial.best(history.goal).map { [$0] } ?? []
            return short
        }
        self.history = History(goal: history.goal, trials: trials)
    }
}
