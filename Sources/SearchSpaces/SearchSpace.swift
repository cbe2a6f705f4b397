package import TrainerSettings

/// One searched parameter.
package struct Parameter: Sendable, Hashable {
    package let name: String
    package let distribution: Distribution
    /// nil: always there.
    package let condition: Condition?

    /// A parameter is there only where another, earlier one has one of some values.
    package struct Condition: Sendable, Hashable {
        package let parameter: String
        package let values: [SettingValue]

        package init(parameter: String, values: [SettingValue]) {
            self.parameter = parameter
            self.values = values
        }
    }

    package init(name: String, distribution: Distribution, condition: Condition? = nil) {
        self.name = name
        self.distribution = distribution
        self.condition = condition
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

/// The parameters that are searched, a condition's parameter always before those that hang on it.
package struct SearchSpace: Sendable, Hashable {
    package let parameters: [Parameter]

    /// - Precondition: conditions name parameters and do not go round in a circle; the space file's parser sees to it.
    package init(_ parameters: [Parameter]) {
        let names = Set(parameters.map(\.name))
        var children: [String: [Int]] = [:]
        for (place, parameter) in parameters.enumerated() {
            if let condition = parameter.condition { children[condition.parameter, default: []].append(place) }
        }
        // Of those whose condition's parameter is placed, the one that stands first is next: it is the last here.
        var ready: [Int] = parameters.indices.filter { place in
            parameters[place].condition.map { !names.contains($0.parameter) } ?? true
        }.reversed()
        var ordered: [Parameter] = []
        while let place = ready.popLast() {
            ordered.append(parameters[place])
            guard let freed = children[parameters[place].name] else { continue }
            ready = (ready + freed).sorted(by: >)
        }
        self.parameters = ordered
    }

    package subscript(name: String) -> Parameter? { parameters.first { $0.name == name } }

    /// Whether a parameter is there, given the values of those before it.
    package func isActive(_ parameter: Parameter, in assignment: Assignment) -> Bool {
        guard let condition = parameter.condition else { return true }
        return assignment[condition.parameter].map(condition.values.contains) ?? false
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
