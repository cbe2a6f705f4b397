package import TrainerSettings

/// One searched parameter.
package struct Parameter: Sendable, Hashable {
    package let name: String
    package let distribution: Distribution
    /// All must hold, or the parameter is not there; none: it always is.
    package let conditions: [Condition]
    /// The names of the groups it is in, from the outermost, and its own in them; its name is these with points between.
    package let path: [String]

    /// - Parameter path: nil: in no group.
    package init(name: String, distribution: Distribution, conditions: [Condition], path: [String]? = nil) {
        self.name = name
        self.distribution = distribution
        self.conditions = conditions
        self.path = path ?? [name]
    }

    /// Its own in its groups.
    package var ownName: String { path.last ?? name }

    package init(name: String, distribution: Distribution, condition: Condition? = nil) {
        self.init(name: name, distribution: distribution, conditions: condition.map { [$0] } ?? [])
    }
}

/// A value for every parameter that is there: one configuration.
package struct Assignment: Sendable, Hashable, Codable, ExpressibleByDictionaryLiteral {
    package var values: [String: SettingValue]

    package init(_ values: [String: SettingValue]) {
        self.values = values
    }

    package init(dictionaryLiteral elements: (String, SettingValue)...) {
        self.init(Dictionary(elements) { $1 })
    }

    package init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: SettingValue].self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }

    package subscript(name: String) -> SettingValue? {
        get { values[name] }
        set { values[name] = newValue }
    }
}

extension Assignment: ExactJSON {
    package init?(json: SettingValue) {
        guard let values = [String: SettingValue](json: json) else { return nil }
        self.values = values
    }

    package var json: SettingValue { values.json }
}

/// The parameters that are searched, the parameters of conditions always before those that hang on them.
package struct SearchSpace: Sendable, Hashable {
    package let parameters: [Parameter]

    /// - Precondition: conditions name parameters and do not go round in a circle; the space file's parser sees to it.
    package init(_ parameters: [Parameter]) {
        let names = Set(parameters.map(\.name))
        var children: [String: [Int]] = [:]
        var missing: [Int] = []
        for (place, parameter) in parameters.enumerated() {
            let parents = Set(parameter.conditions.map(\.parameter)).intersection(names)
            for parent in parents { children[parent, default: []].append(place) }
            missing.append(parents.count)
        }
        // Of those whose conditions' parameters are placed, the one that stands first is next: it is the last here.
        var ready: [Int] = parameters.indices.filter { missing[$0] == 0 }.reversed()
        var ordered: [Parameter] = []
        while let place = ready.popLast() {
            ordered.append(parameters[place])
            var freed: [Int] = []
            for child in children[parameters[place].name] ?? [] {
                missing[child] -= 1
                if missing[child] == 0 { freed.append(child) }
            }
            if !freed.isEmpty { ready = (ready + freed).sorted(by: >) }
        }
        self.parameters = ordered
    }

    package subscript(name: String) -> Parameter? { parameters.first { $0.name == name } }

    /// Whether a parameter is there, given the values of those before it.
    package func isActive(_ parameter: Parameter, in assignment: Assignment) -> Bool {
        parameter.conditions.allSatisfy { condition in assignment[condition.parameter].map(condition.holds) ?? false }
    }

    /// Builds a configuration parameter by parameter; `choose` is asked for those that are there, parents first.
    package func assignment(choosing choose: (Parameter, Assignment) -> SettingValue) -> Assignment {
        var assignment = Assignment([:])
        for parameter in parameters where isActive(parameter, in: assignment) {
            assignment[parameter.name] = choose(parameter, assignment)
        }
        return assignment
    }

    /// A configuration drawn from the distributions.
    package func sample(using generator: inout SeededGenerator) -> Assignment {
        assignment { parameter, _ in parameter.distribution.value(atQuantile: generator.unit()) }
    }
}
