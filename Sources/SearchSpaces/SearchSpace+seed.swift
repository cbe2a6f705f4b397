extension SearchSpace {
    /// The parameter by which a program is given its seed; nil: none is.
    package var seedParameter: Parameter? {
        parameters.first { parameter in
            let name = parameter.path.last?.split(separator: ".").last ?? ""
            return Self.seedNames.contains(name.lowercased())
        }
    }

    private static let seedNames: Set = ["seed", "random_seed", "random_state", "rng_seed", "global_seed"]

    /// What every configuration has, as it cannot be otherwise: the rest is left to the trainer's own defaults.
    package var constants: Assignment {
        var constants = Assignment([:])
        for parameter in parameters where parameter.distribution.count == 1 && isActive(parameter, in: constants) {
            constants[parameter.name] = parameter.distribution.value(at: 0)
        }
        return constants
    }
}
