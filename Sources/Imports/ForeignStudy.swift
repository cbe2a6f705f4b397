package import SearchSpaces
package import Studies
package import TrainerSettings

/// A study that another program made: its trials with their parameters by its own names.
package struct ForeignStudy: Sendable, Hashable {
    /// nil: the file has no name for it.
    package var name: String?
    /// What its values are of; nil: the file does not say.
    package var metric: String?
    /// nil: the file does not say.
    package var goal: Goal?
    /// In their order; those that failed, or have not ended, are left out.
    package var trials: [ForeignTrial]
    /// How many were left out.
    package var leftOut = 0

    package init(name: String? = nil, metric: String? = nil, goal: Goal? = nil, trials: [ForeignTrial], leftOut: Int = 0) {
        (self.name, self.metric, self.goal, self.trials, self.leftOut) = (name, metric, goal, trials, leftOut)
    }
}

/// A trial that ended by itself, or was pruned.
package struct ForeignTrial: Sendable, Hashable {
    /// Where it came from.
    package var number: Int
    package var isPruned: Bool
    package var values: [String: SettingValue]
    /// Of one that was not pruned, its value alone.
    package var reports: [Evaluation]

    package struct Evaluation: Sendable, Hashable {
        package var step: Int?
        package var value: Double

        package init(step: Int? = nil, value: Double) { (self.step, self.value) = (step, value) }
    }

    package init(number: Int, isPruned: Bool = false, values: [String: SettingValue], reports: [Evaluation]) {
        (self.number, self.isPruned, self.values, self.reports) = (number, isPruned, values, reports)
    }
}

extension ForeignStudy {
    /// The names of all parameters.
    package var parameters: Set<String> { trials.reduce(into: []) { $0.formUnion($1.values.keys) } }

    /// The same study with other names for some parameters.
    package func renaming(_ names: [String: String]) -> ForeignStudy {
        var renamed = self
        renamed.trials = trials.map { trial in
            var trial = trial
            trial.values = Dictionary(trial.values.map { (names[$0.key] ?? $0.key, $0.value) }) { first, _ in first }
            return trial
        }
        return renamed
    }

    /// As trials of a study of ours. The figure `source_trial` is the number that each had.
    ///
    /// - Parameter keepingNumbers: whether they keep these numbers, where no two have the same; else they are numbered from 0.
    package func history(_ goal: Goal, keepingNumbers: Bool = false) -> History {
        let keeps = keepingNumbers && Set(trials.map(\.number)).count == trials.count
        let own = trials.enumerated().map { place, trial in
            Trial(
                id: Trial.ID(keeps ? trial.number : place), assignment: Assignment(trial.values),
                state: trial.isPruned ? .pruned : .complete,
                reports: trial.reports.enumerated().map { iter, report in
                    Report(
                        iter: iter + 1, step: report.step, value: report.value,
                        metrics: ["source_trial": Double(trial.number)])
                })
        }
        return History(goal: goal, trials: own)
    }
}

/// Why a file of another program cannot be read, or the wanted study is not in it.
package struct ImportError: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let line: Int?
    package let problem: String

    package init(_ path: String, line: Int? = nil, _ problem: String) {
        (self.path, self.line, self.problem) = (path, line, problem)
    }

    package var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(problem)" }
}
