import TrainerSettings

/// Resolves what stands under `when` once all parameters are known.
struct ConditionReader {
    let parameters: [LocatedParameter]
    private let places: [String: Int]

    init(parameters: [LocatedParameter]) {
        self.parameters = parameters
        places = Dictionary(parameters.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

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
        try refuseCircle(in: resolved)
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
        guard let other = places[entry.key].map({ parameters[$0] }) else {
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

    /// Looks at each parameter once, whichever it is come to from.
    private func refuseCircle(in all: [Parameter]) throws(SpaceFileError) {
        let parents = all.map { $0.condition.flatMap { places[$0.parameter] } }
        var walks = [Int?](repeating: nil, count: all.count)
        for start in all.indices where walks[start] == nil {
            var place = start
            while let parent = parents[place], walks[place] == nil {
                walks[place] = start
                place = parent
            }
            // What an earlier walk has seen ends somewhere.
            guard parents[place] != nil, walks[place] == start else {
                walks[place] = walks[place] ?? start
                continue
            }
            throw circle(through: place, parents)
        }
    }

    private func circle(through place: Int, _ parents: [Int?]) -> SpaceFileError {
        var members = [place]
        while let next = parents[members[members.count - 1]], next != place { members.append(next) }
        // Told from the one that stands first.
        let first = members.indices.min { members[$0] < members[$1] } ?? 0
        let path = (members[first...] + members[...first]).map { parameters[$0].name }
        let start = parameters[members[first]]
        return SpaceFileError(
            at: start.when?.position ?? start.position, "the conditions go round in a circle: " + path.joined(separator: ", "))
    }
}
