import SearchSpaces
package import Studies
import TrainerSettings

/// A study whose trials have reported, and none of which keeps the constraints and has all metrics.
package struct InfeasibleStudy {
    private let nearest: (trial: Trial, report: Report)
    private let history: History

    /// - Returns: nil where a trial keeps them, or none has reported anything.
    package init?(_ history: History) {
        guard history.best == nil else { return nil }
        var nearest: (trial: Trial, report: Report)?
        for trial in history.trials where trial.state != .failed {
            guard let report = trial.best(history.goal) else { continue }
            if nearest.map({ history.violation(of: report) < history.violation(of: $0.report) }) ?? true {
                nearest = (trial, report)
            }
        }
        guard let nearest else { return nil }
        (self.nearest, self.history) = (nearest, history)
    }

    /// What the nearest lacks, where that is a metric.
    private var lacking: String? {
        let names = zip(history.otherMetrics, history.values(of: nearest.report).dropFirst()).filter { !$1.isFinite }.map(
            \.0.name)
        guard !names.isEmpty else { return nil }
        return "no trial reports all metrics in one line; trial \(nearest.trial.id)'s best report lacks "
            + names.joined(separator: ", ")
    }

    /// Which trial comes nearest, and what it breaks.
    package var text: String {
        if let lacking { return lacking }
        let broken = history.constraints.sorted { $0.key < $1.key }.compactMap { name, limits -> String? in
            guard let figure = nearest.report.figure(name) else { return "\(name) is not among its figures" }
            guard limits.violation(of: figure) > 0 else { return nil }
            let limit = figure > limits.max ?? .infinity ? limits.max.map { "at most \(SettingValue.short($0))" } : nil
            let wanted = limit ?? "at least \(SettingValue.short(limits.min ?? -.infinity))"
            return "\(name) \(SettingValue.short(figure)), wanted \(wanted)"
        }
        return "no trial keeps the constraints; trial \(nearest.trial.id) comes nearest: " + broken.joined(separator: ", ")
    }
}
