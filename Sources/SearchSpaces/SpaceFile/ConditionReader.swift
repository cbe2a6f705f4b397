import TrainerSettings

/// Resolves what stands under `when` once all parameters are known.
struct ConditionReader {
    let parameters: [LocatedParameter]

    /// A condition's parameter is enumerated value by value when a space is counted.
    private static let mostValues = 1000

    /// Every parameter with its condition.
    func resolved() throws(SpaceFileError) -> SearchSpace {
        var resolved: [Parameter] = []
        for parameter in parameters {
            let condition: Parameter.Condition? =
                if let when = parameter.when { try self.condition(when, of: parameter) } else { nil }
            resolved.append(Parameter(name: parameter.name, distribution: parameter.distribution, condition: condition))
        }
        for parameter in parameters {
            try refuseCircle(from: parameter, in: resolved)
        }
        return SearchSpace(resolved)
    }

    private func condition(
        _ when: LocatedValue, of parameter: LocatedParameter
    ) throws(SpaceFileError) -> Parameter.Condition {
        guard case .mapping(let entries) = when.content, let entry = entries.first else {
            throw when.expected("{other_parameter: value} or {other_parameter: [values]}")
        }
        guard entries.count == 1 else {
            throw .notAvailable("a condition on several parameters", at: entries[1].keyPosition)
        }
        guard let other = parameters.first(where: { $0.name == entry.key }) else {
            let others = parameters.map(\.name).filter { $0 != parameter.name }
            throw .unknown("parameter", entry.key, at: entry.keyPosition, allowed: others)
        }
        guard let count = other.distribution.count, count <= Self.mostValues else {
            throw SpaceFileError(
                at: entry.keyPosition, "'\(other.name)' has too many values for a condition; give it a list of values")
        }
        return .init(parameter: other.name, values: try values(entry.value, of: other))
    }

    /// One value, which can itself be a list, or a list of values.
    private func values(_ value: LocatedValue, of other: LocatedParameter) throws(SpaceFileError) -> [SettingValue] {
        if let single = canonical(value.value, in: other.distribution) { return [single] }
        let elements = value.elements ?? [value]
        guard !elements.isEmpty else { throw value.expected("at least one value of '\(other.name)'") }
        var values: [SettingValue] = []
        for element in elements {
            guard let possible = canonical(element.value, in: other.distribution) else {
                throw impossible(element, for: other)
            }
            values.append(possible)
        }
        return values
    }

    /// The distribution's own form of a value: 4 for 4.0.
    private func canonical(_ value: SettingValue, in distribution: Distribution) -> SettingValue? {
        let choices = (0..<(distribution.count ?? 0)).lazy.map(distribution.value(at:))
        return choices.first { $0 == value || $0.number != nil && $0.number == value.number }
    }

    private func impossible(_ value: LocatedValue, for other: LocatedParameter) -> SpaceFileError {
        let count = other.distribution.count ?? 0
        let choices = (0..<min(count, 12)).map { other.distribution.value(at: $0).description }
        let list = choices.joined(separator: ", ") + (count > choices.count ? ", ..." : "")
        let hint = nearestHint(to: value.value.description, among: choices)
        return .init(at: value.position, "'\(other.name)' is never \(value.value); its values: \(list)\(hint)")
    }

    private func refuseCircle(from start: LocatedParameter, in all: [Parameter]) throws(SpaceFileError) {
        let conditions = Dictionary(all.map { ($0.name, $0.condition?.parameter) }) { $1 }
        var path = [start.name]
        while let next = conditions[path[path.count - 1]] ?? nil {
            path.append(next)
            guard next != start.name else {
                throw SpaceFileError(
                    at: start.when?.position ?? start.position,
                    "the conditions go round in a circle: " + path.joined(separator: ", "))
            }
            if path.count > all.count { return }
        }
    }
}
