import SearchSpaces
import TrainerSettings

/// A metric with the places of what is said of it.
struct LocatedMetric: Sendable {
    let metric: Metric
    let position: Position
    let namePosition: Position
    /// nil: it has none.
    let targetPosition: Position?
    /// Whether the file gives a goal.
    let hasGoal: Bool
    /// How it is found; nil: in the dictionaries that a trial prints.
    let pattern: LocatedValue?
    let file: LocatedValue?
}

/// Reads `metric`, or `metrics` where several goals count.
struct MetricsReader {
    let root: Section
    /// Whether nothing is decided by the metric, so that it can be left for the trials to name.
    let canBeOpen: Bool

    /// The first is the study's own; none: the first figure that a trial reports is.
    func metrics() throws(SpaceFileError) -> [LocatedMetric] {
        guard let list = root["metrics"] else {
            if canBeOpen, root["metric"] == nil { return [] }
            return [try metric(root.required("metric", "{name: eval_accuracy, goal: maximize} for example"))]
        }
        guard root["metric"] == nil else {
            throw SpaceFileError(at: root.position(of: "metrics"), "'metrics' beside 'metric'; keep one of the two")
        }
        let elements = try list.list(of: "metrics such as [{name: eval_accuracy, goal: maximize}, {name: adapter_bytes}]")
        guard elements.count > 1 else {
            throw SpaceFileError(at: list.position, "\(elements.count) metrics, expected two or more; for one, write 'metric'")
        }
        var metrics: [LocatedMetric] = []
        for element in elements {
            let metric = try metric(element)
            if let place = metric.pattern ?? metric.file, !metrics.isEmpty {
                throw SpaceFileError(
                    at: place.position,
                    "one source tells of all metrics; give the first metric its file, or the file 'metric_pattern'")
            }
            if let same = metrics.first(where: { FigureName.isSame($0.metric.name, metric.metric.name) }) {
                throw SpaceFileError(
                    at: metric.namePosition,
                    "'\(metric.metric.name)' is a metric already, in line \(same.namePosition.line); keep one of the two")
            }
            metrics.append(metric)
        }
        try checkTargets(metrics)
        return metrics
    }

    private func metric(_ value: LocatedValue) throws(SpaceFileError) -> LocatedMetric {
        let section = try Section(
            value, named: "the metric", allowed: ["name", "goal", "target", "pattern", "file"],
            passedOver: SpaceFileReader.passedOverOfMetric)
        let name = try section.required("name", "the name under which it is reported")
        let text = try name.text()
        guard !text.isEmpty else { throw SpaceFileError(at: section.position(of: "name"), "an empty name") }
        // W&B's default, which a warning points out.
        var goal = Goal.minimize
        if let value = section["goal"] {
            let text = try value.text()
            guard let known = Goal(rawValue: text) else {
                throw .unknown("goal", text, at: value.position, allowed: Goal.allCases.map(\.rawValue))
            }
            goal = known
        }
        return LocatedMetric(
            metric: Metric(name: text, goal: goal, target: try section.number("target")), position: value.position,
            namePosition: name.position, targetPosition: section["target"]?.position, hasGoal: section["goal"] != nil,
            pattern: section["pattern"], file: section["file"])
    }

    /// Short of all targets, the trade-offs between metrics go on beyond any of them.
    private func checkTargets(_ metrics: [LocatedMetric]) throws(SpaceFileError) {
        guard let with = metrics.first(where: { $0.metric.target != nil }),
            let without = metrics.first(where: { $0.metric.target == nil })
        else { return }
        throw SpaceFileError(
            at: with.targetPosition,
            "a target for '\(with.metric.name)' and none for '\(without.metric.name)': a study of several metrics ends once one "
                + "trial reaches the targets of all; give each a target, or constrain what must be kept")
    }
}
