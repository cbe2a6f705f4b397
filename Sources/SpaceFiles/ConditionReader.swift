import SearchSpaces
import TrainerSettings

/// Resolves what stands under `when` once all parameters are known.
struct ConditionReader {
    let parameters: [LocatedParameter]
    private let places: [String: Int]

    init(parameters: [LocatedParameter]) {
        self.parameters = parameters
        places = Dictionary(parameters.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    private static let wanted = "{other_parameter: value}, {other_parameter: [values]} or {other_parameter: {min: number}}"
    /// Beyond this many of them together nobody sees through conditions, and looking for one that holds takes long.
    private static let mostTogether = 1000

    /// Every parameter with its conditions.
    func resolved() throws(SpaceFileError) -> SearchSpace {
        var resolved: [Parameter] = []
        for parameter in parameters {
            let conditions =
                if let when = parameter.when { try self.conditions(when, of: parameter) } else { [Parameter.Condition]() }
            resolved.append(
                Parameter(
                    name: parameter.name, distribution: parameter.distribution, conditions: conditions, path: parameter.path))
        }
        try refuseCircle(in: resolved)
        let space = SearchSpace(resolved)
        try refuseImpossible(in: space)
        return space
    }

    private func conditions(
        _ when: LocatedValue, of parameter: LocatedParameter
    ) throws(SpaceFileError) -> [Parameter.Condition] {
        guard case .mapping(let entries) = when.content, !entries.isEmpty else { throw when.expected(Self.wanted) }
        var conditions: [Parameter.Condition] = []
        if let unknown = entries.first(where: { places[$0.key] == nil }),
            let tuple = SpaceFileError.tuple(in: entries, at: unknown.keyPosition)
        {
            throw tuple
        }
        for entry in entries {
            conditions.append(try condition(entry, of: parameter))
        }
        return conditions
    }

    private func condition(
        _ entry: LocatedValue.Entry, of parameter: LocatedParameter
    ) throws(SpaceFileError) -> Parameter.Condition {
        guard let other = places[entry.key].map({ parameters[$0] }) else {
            let others = parameters.map(\.name).filter { $0 != parameter.name }
            throw .unknown("parameter", entry.key, at: entry.keyPosition, allowed: others)
        }
        if case .mapping = entry.value.content, other.distribution.own(entry.value.value) == nil {
            return try range(entry.value, of: other)
        }
        guard other.distribution.count != nil else {
            throw SpaceFileError(
                at: entry.keyPosition,
                "'\(other.name)' has too many values for a condition; give it a list of values, or limits such as {min: 0.5}")
        }
        return .init(parameter: other.name, values: try values(entry.value, of: other))
    }

    private func range(_ value: LocatedValue, of other: LocatedParameter) throws(SpaceFileError) -> Parameter.Condition {
        let section = try Section(value, named: "the condition on '\(other.name)'", allowed: ["min", "max"])
        let limits = Limits(min: try section.number("min"), max: try section.number("max"))
        guard limits != Limits() else { throw value.expected("min, max or both") }
        let condition = Parameter.Condition(parameter: other.name, .range(limits))
        guard other.distribution.value(satisfying: [condition]) != nil else {
            let never = condition.description.dropFirst(other.name.count + " is ".count)
            throw SpaceFileError(at: value.position, "'\(other.name)' is never \(never); its values: \(other.valuesInWords)")
        }
        return condition
    }

    /// One value, which can itself be a list, or a list of values.
    private func values(_ value: LocatedValue, of other: LocatedParameter) throws(SpaceFileError) -> [SettingValue] {
        if let single = other.distribution.own(value.value) { return [single] }
        let elements = value.elements ?? [value]
        guard !elements.isEmpty else { throw value.expected("at least one value of '\(other.name)'") }
        var values: [SettingValue] = []
        for element in elements {
            guard let possible = other.distribution.own(element.value) else { throw other.isNever(element) }
            values.append(possible)
        }
        return values
    }

    /// Looks at each parameter once, whichever it is come to from.
    private func refuseCircle(in all: [Parameter]) throws(SpaceFileError) {
        let parents = all.map { $0.conditions.compactMap { places[$0.parameter] } }
        // How far each has got: 0 not come to, or all that it hangs on but the first so many is seen to end somewhere.
        var isSeen = [Bool](repeating: false, count: all.count)
        var depth = [Int?](repeating: nil, count: all.count)
        for start in all.indices where !isSeen[start] {
            var path: [(place: Int, next: Int)] = [(start, 0)]
            depth[start] = 0
            while let last = path.last {
                guard last.next < parents[last.place].count else {
                    isSeen[last.place] = true
                    depth[last.place] = nil
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let parent = parents[last.place][last.next]
                if let first = depth[parent] { throw circle(path[first...].map(\.place)) }
                guard !isSeen[parent] else { continue }
                depth[parent] = path.count
                path.append((parent, 0))
            }
        }
    }

    private func circle(_ members: [Int]) -> SpaceFileError {
        // Told from the one that stands first.
        let first = members.indices.min { members[$0] < members[$1] } ?? 0
        let path = (members[first...] + members[..<first] + [members[first]]).map { parameters[$0].name }
        let start = parameters[members[first]]
        return SpaceFileError(
            at: start.when?.position ?? start.position, "the conditions go round in a circle: " + path.joined(separator: ", "))
    }

    /// Refuses parameters that are never there, as their conditions exclude one another, and more conditions than can be counted.
    private func refuseImpossible(in space: SearchSpace) throws(SpaceFileError) {
        let several = space.parameters.filter { $0.conditions.count > 1 }
        guard let example = several.first.flatMap({ places[$0.name] }).map({ parameters[$0] }) else { return }
        let position = example.when?.position ?? example.position
        guard several.count <= Self.mostTogether, space.combinations != nil else {
            throw SpaceFileError(
                at: position, "conditions on several parameters hang together in too many ways; write fewer of them")
        }
        for parameter in several where space.witness(for: parameter) == nil {
            throw SpaceFileError(
                at: places[parameter.name].flatMap { parameters[$0].when?.position } ?? position,
                "'\(parameter.name)' is never there: no configuration has all that it hangs on ("
                    + parameter.conditions.map(\.description).joined(separator: " and ") + ")")
        }
    }
}

extension LocatedParameter {
    /// The first of them, where there are many.
    var valuesInWords: String {
        guard case .categorical(let values, _) = distribution, values.count > 12 else {
            return SpaceDescription.Row.values(distribution)
        }
        return values.prefix(12).map(\.description).joined(separator: ", ") + ", ..."
    }

    /// A value that the parameter does not have.
    func isNever(_ value: LocatedValue) -> SpaceFileError {
        let hint =
            if case .categorical(let values, _) = distribution {
                nearestHint(to: value.value.description, among: values.map(\.description))
            } else { "" }
        return .init(at: value.position, "'\(name)' is never \(value.value); its values: \(valuesInWords)\(hint)")
    }
}
