import SearchSpaces
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
        let named = try self.named(entries)
        for (parameter, entry) in named {
            guard let value = parameter.distribution.own(entry.value.value) else { throw outside(entry.value, of: parameter) }
            assignment[parameter.name] = value
        }
        for (parameter, entry) in named {
            guard let problem = parameter.conditions.lazy.compactMap({ Self.problem($0, in: assignment) }).first else {
                continue
            }
            throw SpaceFileError(at: entry.keyPosition, "'\(parameter.name)' is there only when \(problem)")
        }
        return assignment
    }

    /// The parameters of a configuration; those of a group by their whole names, or in a mapping of their own as the program gets them.
    private func named(
        _ entries: [LocatedValue.Entry], in group: String = ""
    ) throws(SpaceFileError) -> [(parameter: Parameter, entry: LocatedValue.Entry)] {
        var named: [(parameter: Parameter, entry: LocatedValue.Entry)] = []
        for entry in entries {
            if let parameter = space[group + entry.key] {
                named.append((parameter, entry))
            } else if case .mapping(let inner) = entry.value.content,
                space.parameters.contains(where: { $0.path.count > 1 && $0.name.hasPrefix(group + entry.key + ".") })
            {
                named += try self.named(inner, in: group + entry.key + ".")
            } else {
                if let tuple = SpaceFileError.tuple(in: entries, at: entry.keyPosition) { throw tuple }
                throw .unknown("parameter", group + entry.key, at: entry.keyPosition, allowed: space.parameters.map(\.name))
            }
        }
        return named
    }

    private func outside(_ value: LocatedValue, of parameter: Parameter) -> SpaceFileError {
        let hint =
            if case .categorical(let values, _) = parameter.distribution {
                nearestHint(to: value.value.description, among: values.map(\.description))
            } else { "" }
        let values = SpaceDescription.Row.values(parameter.distribution)
        return .init(at: value.position, "'\(parameter.name)' is never \(value.value); its values: \(values)\(hint)")
    }

    private static func problem(_ condition: Parameter.Condition, in assignment: Assignment) -> String? {
        guard let given = assignment[condition.parameter] else {
            return "\(condition); give '\(condition.parameter)' too"
        }
        return condition.holds(for: given) ? nil : "\(condition), and here it is \(given)"
    }

    // MARK: - What is known

    func warmStart() throws(SpaceFileError) -> WarmStart {
        guard let value = root["warm_start"] else { return WarmStart() }
        let wanted = "recipes, off, or a list of earlier studies' names"
        if let elements = value.elements {
            var start = WarmStart(recipes: false)
            for element in elements {
                if case .mapping = element.content {
                    let source = try foreign(element)
                    guard !start.foreign.contains(where: { $0.title == source.title }) else {
                        throw element.expected("a study that the list does not have yet")
                    }
                    start.foreign.append(source)
                    continue
                }
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

    private func foreign(_ element: LocatedValue) throws(SpaceFileError) -> ForeignSource {
        let source = try ForeignSource(element)
        guard case .mapping(let entries) = element.content,
            case .mapping(let names)? = entries.first(where: { $0.key == "rename" })?.value.content
        else { return source }
        for name in names where space[source.rename[name.key] ?? ""] == nil {
            throw .unknown(
                "parameter", source.rename[name.key] ?? "", at: name.value.position, allowed: space.parameters.map(\.name))
        }
        return source
    }
}

extension ForeignSource {
    /// - Parameter element: of `warm_start`'s list.
    init(_ element: LocatedValue) throws(SpaceFileError) {
        let section = try Section(
            element, named: "an earlier study", allowed: Kind.allCases.map(\.rawValue) + ["study", "metric", "rename"])
        let kinds = Kind.allCases.filter { section[$0.rawValue] != nil }
        guard kinds.count == 1, let path = try section.text(kinds[0].rawValue) else {
            throw element.expected("{optuna: FILE, study: NAME} or {csv: FILE, metric: COLUMN}")
        }
        self.init(kinds[0], path: path, study: try section.text("study"), metric: try section.text("metric"))
        if kind == .csv, section["study"] != nil {
            throw SpaceFileError(at: section.position(of: "study"), "'study' is for Optuna's files; a CSV file is one study")
        }
        guard let value = section["rename"] else { return }
        guard case .mapping(let entries) = value.content else {
            throw value.expected("the file's names and yours, such as {lr: learning_rate}")
        }
        for entry in entries { rename[entry.key] = try entry.value.text() }
    }
}
