package import SearchSpaces

/// A study that another one learns from: its trials as they stood when the other one began.
package struct EarlierStudy: Sendable, Hashable {
    package let name: String
    /// A trial's best report stands for all of them; one that breaks a constraint for nothing.
    package let history: History

    /// - Parameter constraints: the other study's; figures that a report does not have are left out of account.
    package init(name: String, history: History, constraints: [String: Limits] = [:]) {
        self.name = name
        func isFeasible(_ report: Report) -> Bool {
            history.violation(of: report) == 0
                && constraints.allSatisfy { name, limits in report.figure(name).map { limits.violation(of: $0) == 0 } ?? true }
        }
        let trials = history.trials.map { trial in
            var short = trial
            short.reports = trial.best(history.goal).map { isFeasible($0) ? [$0] : [] } ?? []
            return short
        }
        self.history = History(goal: history.goal, trials: trials)
    }
}
