package import SearchSpaces

extension Report {
    /// The standard error of one of its figures, as whoever reported it says: the figure's name with `_se` after it.
    ///
    /// - Returns: nil where there is none, or it is no finite number of at least 0: nothing is invented.
    package func standardError(of name: String) -> Double? {
        guard let error = metrics[FigureName.standardError(of: name)], error.isFinite, error >= 0 else { return nil }
        return error
    }
}

extension History {
    /// A study that has decided nothing yet.
    package init(_ metric: Metric, otherMetrics: [Metric] = []) {
        self.init(goal: metric.goal, metric: metric.name, otherMetrics: otherMetrics)
    }

    /// The same trials in a study that is after another metric.
    package func after(_ metric: Metric) -> History {
        History(
            goal: metric.goal, metric: metric.name, otherMetrics: otherMetrics, constraints: constraints,
            trials: trials + confirmations)
    }

    /// The standard error of the study's own metric in a report; nil: the trial tells of none.
    package func standardError(of report: Report) -> Double? { metric.flatMap { report.standardError(of: $0) } }

    /// As ``values(of:)``, but the standard errors.
    package func standardErrors(of report: Report) -> [Double?] {
        [standardError(of: report)] + otherMetrics.map { report.standardError(of: $0.name) }
    }
}
