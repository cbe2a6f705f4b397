package import SearchSpaces

/// Configurations by which a trainer tries out what a study can give its trials, before any runs.
package struct ConfigurationChoices: Sendable {
    private let study: StudySpecification

    /// Of one parameter: a study of thousands of models is none.
    private static let most = 100

    package init(_ study: StudySpecification) { self.study = study }

    /// A configuration such as any other.
    package var sample: Assignment {
        var generator = SeededGenerator(study.seed, -1)
        return study.space.sample(using: &generator)
    }

    /// A configuration for each combination of these parameters' values, the others drawn.
    package func all(of names: [String]) -> [Assignment] {
        names.reduce([sample]) { choices, name in
            guard let distribution = study.space[name]?.distribution, let count = distribution.count else { return choices }
            return choices.flatMap { choice in
                (0..<min(count, Self.most)).map { index in
                    var other = choice
                    other[name] = distribution.value(at: index)
                    return other
                }
            }
        }
    }
}
