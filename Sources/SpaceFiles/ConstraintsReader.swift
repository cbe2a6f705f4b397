import SearchSpaces
import TrainerSettings

/// Reads `constraints`.
struct ConstraintsReader {
    let root: Section
    /// nil: a constraint can hold any.
    let figures: ReportedFigures?
    /// The study's, the first its own.
    let metrics: [Metric]

    func constraints() throws(SpaceFileError) -> [String: Limits] {
        guard let value = root["constraints"] else { return [:] }
        guard case .mapping(let entries) = value.content else {
            throw value.expected("the constraints as a mapping such as {trainable_parameters: {max: 500000}}")
        }
        let metric = metrics[0].name
        let known = figures?.all.filter { $0 != metric }
        var constraints: [String: Limits] = [:]
        for entry in entries {
            guard entry.key != metric else {
                throw SpaceFileError(
                    at: entry.keyPosition,
                    "'\(metric)' is what the study is after; "
                        + (metrics.count > 1
                            ? "of its metrics only the others can be constrained"
                            : "constrain something else, or give it a target"))
            }
            if let known, !known.contains(entry.key) {
                throw .unknown("constraint", entry.key, at: entry.keyPosition, allowed: known)
            }
            constraints[entry.key] = try limits(entry)
        }
        return constraints
    }

    private func limits(_ entry: LocatedValue.Entry) throws(SpaceFileError) -> Limits {
        let section = try Section(entry.value, named: "the constraint '\(entry.key)'", allowed: ["min", "max"])
        let isSize = Limits.areBytes(entry.key)
        let limits = Limits(
            min: try isSize ? section.bytes("min") : section.number("min"),
            max: try isSize ? section.bytes("max") : section.number("max"))
        guard limits.min != nil || limits.max != nil else {
            throw SpaceFileError(at: entry.value.position, "the constraint '\(entry.key)' has neither min nor max")
        }
        if let low = limits.min, let high = limits.max, low > high {
            throw SpaceFileError(at: entry.value.position, "min \(low) is above max \(high): nothing keeps this constraint")
        }
        return limits
    }
}
