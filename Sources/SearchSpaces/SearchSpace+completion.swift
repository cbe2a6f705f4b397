extension SearchSpace {
    /// A whole configuration with the values of a part of one, the rest drawn from the distributions.
    package func completed(_ part: Assignment, using generator: inout SeededGenerator) -> Assignment {
        assignment { parameter, _ in
            part[parameter.name] ?? parameter.distribution.value(atQuantile: generator.unit())
        }
    }
}
