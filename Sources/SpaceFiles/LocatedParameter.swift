package import SearchSpaces
package import TrainerSettings

/// A parameter with the places of what is said of it.
package struct LocatedParameter: Sendable {
    package let name: String
    /// The names of the groups it is in, and its own in them.
    let path: [String]
    package let position: Position
    package let distribution: Distribution
    /// The values that the trainer is asked about before anything runs: every choice, both bounds and one between.
    package let samples: [(value: SettingValue, position: Position)]
    let when: LocatedValue?
    /// min and max as the file has them, where they are exponents of e.
    let exponents: ClosedRange<Double>?
    /// nil: no value seems to be one.
    let tuples: PythonTuples?

    /// The parameter of an entry, or, where that is W&B's group of `parameters`, all of the group.
    ///
    /// - Parameter groups: the names of those that the entry is in.
    static func all(of entry: LocatedValue.Entry, in groups: [String] = []) throws(SpaceFileError) -> [LocatedParameter] {
        guard !entry.key.isEmpty else { throw SpaceFileError(at: entry.keyPosition, "a parameter without a name") }
        let path = groups + [entry.key]
        guard path.count <= SettingValue.deepestKept else {
            throw SpaceFileError(at: entry.keyPosition, "nested deeper than \(SettingValue.deepestKept) levels")
        }
        guard case .mapping(let keys) = entry.value.content, let inner = keys.first(where: { $0.key == "parameters" }) else {
            return [try LocatedParameter(entry, path: path)]
        }
        if let other = keys.first(where: { $0.key != "parameters" }) {
            throw SpaceFileError(
                at: other.keyPosition,
                "'\(other.key)' beside 'parameters'; what a group holds is said of each of its parameters")
        }
        guard case .mapping(let entries) = inner.value.content, !entries.isEmpty else {
            throw inner.value.expected("the parameters of '\(path.joined(separator: "."))' as a mapping")
        }
        var parameters: [LocatedParameter] = []
        for entry in entries { parameters += try all(of: entry, in: path) }
        return parameters
    }

    private init(_ entry: LocatedValue.Entry, path: [String]) throws(SpaceFileError) {
        let name = path.joined(separator: ".")
        guard case .mapping = entry.value.content else {
            throw entry.value.expected("'\(name)' as a mapping of value, values, or min and max")
        }
        let section = try Section(
            entry.value, named: "'\(name)'", allowed: DistributionKind.keys, passedOver: DistributionKind.descriptions)
        let kind = try DistributionKind(section)
        self.name = name
        self.path = path
        position = entry.keyPosition
        let distribution = try DistributionReader(section: section, depth: path.count - 1).distribution(kind)
        self.distribution = distribution
        when = section["when"]

        tuples = (section["values"] ?? section["value"]).flatMap { PythonTuples(in: $0) }
        guard !kind.takesExponents else {
            let bounds = ["min", "max"].compactMap { section[$0]?.value.number }
            exponents = bounds.count == 2 ? bounds[0]...bounds[1] : nil
            samples = [0, 0.37, 1].map { (value: distribution.value(atQuantile: $0), position: entry.keyPosition) }
            return
        }
        exponents = nil
        let stated = kind == .constant ? [section.stated("value")] : ["min", "max"].map { section[$0] }
        let places = section["values"]?.elements ?? stated.compactMap(\.self)
        // Bounds can be whole where what lies between is not.
        var samples = places.map { (value: $0.value, position: $0.position) }
        if distribution.bounds != nil {
            let between = distribution.count == nil ? distribution.value(atQuantile: 0.37) : distribution.value(at: 1)
            samples.append((between, entry.keyPosition))
        }
        self.samples = samples
    }
}
