package import SearchSpaces
import TrainerSettings

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

    /// Configurations that between them have every one of these parameters, and each of its values where these can be counted, whatever
    /// the parameters hang on; the others are drawn.
    package func covering(_ names: [String]) -> [Assignment] {
        let all = names.map { name in (name: name, values: values(of: name)) }.filter { !$0.values.isEmpty }
        return (0..<(all.map(\.values.count).max() ?? 1)).map { round in
            all.reduce(into: sample) { choice, one in choice[one.name] = one.values[round % one.values.count] }
        }
    }

    /// The middle one where they cannot be counted; none where there is no such parameter.
    private func values(of name: String) -> [SettingValue] {
        guard let distribution = study.space[name]?.distribution else { return [] }
        guard let count = distribution.count else { return [distribution.value(atQuantile: 0.5)] }
        return (0..<min(count, Self.most)).map(distribution.value)
    }

    /// A configuration for each combination of these parameters' values, the others drawn. One that hangs on others is left out, too, where
    /// something is fixed in its place.
    package func all(of names: [String]) -> [Assignment] {
        names.reduce([sample]) { choices, name in
            guard let parameter = study.space[name], let count = parameter.distribution.count else { return choices }
            var values: [SettingValue?] = (0..<min(count, Self.most)).map(parameter.distribution.value)
            if !parameter.conditions.isEmpty, study.trainer.settings[name] != nil { values.append(nil) }
            return choices.flatMap { choice in
                values.map { value in
                    var other = choice
                    other[name] = value
                    return other
                }
            }
        }
    }
}
