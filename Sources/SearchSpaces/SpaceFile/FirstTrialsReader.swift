import TrainerSettings

/// Reads `enqueue` and `warm_start`: what is tried, and known, before a strategy is asked.
struct FirstTrialsReader {
    let root: Section
    let space: SearchSpace

    // MARK: - Enqueued configurations

    /// Configurations, whole or in part.
    func enqueued() throws(SpaceFileError) -> [Assignment] {
        guard let list = root["enqueue"] else { return [] }
        var lines: [Assignment: Int] = [:]
        var found: [Assignment] = []
        for element in try list.list(of: "configurations such as [{r: 8, learning_rate: 1e-3}]") {
            let assignment = try assignment(element)
            if let line = lines.updateValue(element.position.line, forKey: assignment) {
                throw SpaceFileError(
                    at: element.position, "the configuration of line \(line) once more; keep one of the two")
            }
            found.append(assignment)
        }
        return found
    }

    private func assignment(_ element: LocatedValue) throws(SpaceFileError) -> Assignment {
        guard case .mapping(let entries) = element.content, !entries.isEmpty else {
            throw element.expected("a configuration such as {r: 8, learning_rate: 1e-3}")
        }
        var assignment = Assignment([:])
        for entry in entries {
            guard let parameter = space[entry.key] else {
                throw .unknown("parameter", entry.key, at: entry.keyPosition, allowed: space.parameters.map(\.name))
            }
            guard let value = parameter.distribution.own(entry.value.value) else { throw outside(entry.value, of: parameter) }
            assignment[entry.key] = value
        }
        for entry in entries {
            guard let condition = space[entry.key]?.condition, let problem = Self.problem(condition, in: assignment) else {
                continue
            }
            throw SpaceFileError(at: entry.keyPosition, "'\(entry.key)' is there only when \(problem)")
        }
        return assignment
    }

    private func outside(_ value: LocatedValue, of parameter: Parameter) -> SpaceFileError {
        let hint =
            if case .categorical(let values, _) = parameter.distribution {
                nearestHint(to: value.value.description, among: values.map(\.description))
            } else { "" }
        let values = SpaceDescription.Row(Parameter(name: "", distribution: parameter.distribution)).values
        return .init(at: value.position, "'\(parameter.name)' is never \(value.value); its values: \(values)\(hint)")
    }

    private static func problem(_ condition: Parameter.Condition, in assignment: Assignment) -> String? {
        let wanted = condition.values.map(\.description).joined(separator: " or ")
        guard let given = assignment[condition.parameter] else {
            return "\(condition.parameter) is \(wanted); give '\(condition.parameter)' too"
        }
        return condition.values.contains(given) ? nil : "\(condition.parameter) is \(wanted), and here it is \(given)"
    }

    // MARK: - What is known

    func warmStart() throws(SpaceFileError) -> WarmStart {
        guard let value = root["warm_start"] else { return WarmStart() }
        let wanted = "recipes, off, or a list of earlier studies' names"
        if let elements = value.elements {
            var start = WarmStart(recipes: false)
            for element in elements {
                let name = try element.text()
                if name == "recipes" {
                    start.recipes = true
                } else if StudyName.isFit(name), !start.studies.contains(name) {
                    start.studies.append(name)
                } else {
                    throw element.expected("the name of an earlier study, once")
                }
            }
            return start
        }
        // YAML 1.1's word for false, if a reader has it so.
        switch value.value {
        case .string("recipes"): return WarmStart()
        case .string("off"), .bool(false): return WarmStart(recipes: false)
        default: throw value.expected(wanted)
        }
    }
}
