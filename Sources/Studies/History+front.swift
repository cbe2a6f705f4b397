import SearchSpaces

extension Report {
    /// A figure of the line by its name.
    package func figure(_ name: String) -> Double? { name == "step" ? step.map(Double.init) : metrics[name] }
}

extension History {
    /// Whether the study is after more than one metric.
    package var hasSeveralMetrics: Bool { !otherMetrics.isEmpty }

    /// What a report reaches in each metric, the study's own first; NaN where it does not have one.
    package func values(of report: Report) -> [Double] {
        [report.value] + otherMetrics.map { report.figure($0.name) ?? .nan }
    }

    /// As ``values(of:)``, turned so that less is better.
    package func losses(of report: Report) -> [Double] {
        zip([goal] + otherMetrics.map(\.goal), values(of: report)).map { $0 == .minimize ? $1 : -$1 }
    }

    /// The trials that none beats in all metrics at once, each with its best report by the study's own metric, by which they
    /// come, the best first; failed ones, those that break a constraint and those that lack a metric do not count.
    ///
    /// A trial is represented by that one report because its adapter is the one that is kept.
    package var front: [(trial: Trial, report: Report)] {
        var members: [(trial: Int, report: Int)] = []
        var losses: [[Double]] = []
        for (index, trial) in trials.enumerated() where trial.state != .failed {
            guard let best = trial.bestIndex(goal, upTo: .max) else { continue }
            let own = self.losses(of: trial.reports[best])
            guard own.allSatisfy(\.isFinite), constraints.isEmpty || violation(of: trial.reports[best]) == 0 else {
                continue
            }
            members.append((index, best))
            losses.append(own)
        }
        return Dominance.front(of: losses).map { place in
            let trial = trials[members[place].trial]
            return (trial, trial.reports[members[place].report])
        }
    }
}
