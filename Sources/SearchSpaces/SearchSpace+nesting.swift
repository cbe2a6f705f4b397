package import TrainerSettings

extension SearchSpace {
    /// How programs may call the parameters that have numbers, as ``FigureName/plain(_:)`` spells it: by the whole name, or by its last part.
    package var figureNames: Set<String> {
        var names: Set<String> = []
        for parameter in parameters where parameter.distribution.hasNumbers {
            names.insert(FigureName.plain(parameter.name))
            if let last = parameter.name.split(whereSeparator: { "./".contains($0) }).last {
                names.insert(FigureName.plain(String(last)))
            }
        }
        return names
    }

    /// A configuration's values as a program wants them: those in groups as objects in objects, all others by their names.
    package func nested(_ assignment: Assignment) -> [String: SettingValue] {
        let paths = Dictionary(parameters.lazy.filter { $0.path.count > 1 }.map { ($0.name, $0.path) }) { first, _ in first }
        guard !paths.isEmpty else { return assignment.values }
        var nested: [String: SettingValue] = [:]
        for (name, value) in assignment.values { Self.put(value, at: paths[name] ?? [name], in: &nested) }
        return nested
    }

    private static func put(_ value: SettingValue, at path: some Collection<String>, in object: inout [String: SettingValue]) {
        guard let name = path.first else { return }
        guard path.count > 1 else {
            object[name] = value
            return
        }
        var inner: [String: SettingValue] = [:]
        if case .object(let there)? = object[name] { inner = there }
        put(value, at: path.dropFirst(), in: &inner)
        object[name] = .object(inner)
    }

    /// Values of other parameters with which a parameter is there; nil: it never is.
    package func witness(for parameter: Parameter) -> [String: SettingValue]? {
        let byName = Dictionary(parameters.map { ($0.name, $0) }) { first, _ in first }
        var wanted: [String: [Parameter.Condition]] = [:]
        var open = parameter.conditions
        var seen: Set<String> = []
        while let condition = open.popLast() {
            wanted[condition.parameter, default: []].append(condition)
            if seen.insert(condition.parameter).inserted { open += byName[condition.parameter]?.conditions ?? [] }
        }
        var values: [String: SettingValue] = [:]
        for (name, conditions) in wanted {
            guard let value = byName[name]?.distribution.value(satisfying: conditions) else { return nil }
            values[name] = value
        }
        return values
    }
}
