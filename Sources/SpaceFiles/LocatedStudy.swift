package import SearchSpaces
package import TrainerSettings

/// A study as it was read, with the places of what is said of it: what a trainer looks at before anything runs.
package struct LocatedStudy: Sendable {
    package let specification: StudySpecification
    package let trainer: LocatedTrainer
    package let parameters: [LocatedParameter]
    let metrics: [LocatedMetric]

    /// Refuses metrics that no trial would report.
    package func check(_ figures: ReportedFigures) throws(SpaceFileError) {
        for metric in metrics {
            let name = metric.metric.name
            guard figures.all.contains(name) else {
                throw .unknown("metric", name, at: metric.namePosition, allowed: figures.all)
            }
            guard metric.metric != specification.metric || figures.rankings.contains(name) else {
                let which = metrics.count > 1 ? "the first metric, by which a trial's adapter is kept," : "the metric"
                throw SpaceFileError(
                    at: metric.namePosition,
                    "found '\(name)', expected as \(which) one of \(figures.rankings.joined(separator: ", "))")
            }
        }
    }

    /// Asks a trainer about every value that a study can try: every choice, both bounds and one between. A value is refused where it can
    /// run beside no choice of the others; what only some of these do not go with, the search leaves out.
    ///
    /// - Parameter problem: what is wrong with a configuration that cannot be run; the value to blame is found here.
    package func checkValues(_ problem: (Assignment) -> TrainerSettingsError?) throws(SpaceFileError) {
        try check([:], blaming: nil, problem)
        for parameter in parameters {
            for sample in parameter.samples {
                var values = specification.space[parameter.name].flatMap(specification.space.witness) ?? [:]
                values[parameter.name] = sample.value
                try check(values, blaming: (parameter, sample.position), problem)
            }
        }
    }

    private func check(
        _ given: [String: SettingValue], blaming suspect: (parameter: LocatedParameter, position: Position)?,
        _ problem: (Assignment) -> TrainerSettingsError?
    ) throws(SpaceFileError) {
        let usual = assignment(where: given)
        guard let error = problem(usual) else { return }
        let value = suspect.flatMap { suspect in given[suspect.parameter.name].map { [suspect.parameter.name: $0] } } ?? [:]
        guard !canRun(given, value, problem) else { return }
        throw SpaceFileError(at: place(of: error.setting, in: usual, blaming: suspect), error.description)
    }

    /// Configurations that are drawn to see whether any can be run.
    private static let drawn = 200

    /// Whether a configuration can be run that has a value: one with another value of a single parameter than the first, or one that is drawn.
    ///
    /// - Parameters:
    ///   - given: the value, and those of the parameters that it hangs on.
    ///   - value: it alone.
    private func canRun(
        _ given: [String: SettingValue], _ value: [String: SettingValue], _ problem: (Assignment) -> TrainerSettingsError?
    ) -> Bool {
        func isRun(_ whole: Assignment) -> Bool {
            value.allSatisfy { whole[$0.key] == $0.value } && problem(whole) == nil
        }
        for parameter in parameters where given[parameter.name] == nil {
            for sample in parameter.samples.dropFirst() {
                if isRun(assignment(where: given.merging([parameter.name: sample.value]) { $1 })) { return true }
            }
        }
        var generator = SeededGenerator(specification.seed, -5)
        return (0..<Self.drawn).contains { _ in
            isRun(specification.space.completed(Assignment(value), using: &generator))
        }
    }

    /// Where the blamed setting stands: as the value under test, as another parameter, in the trainer's section.
    private func place(
        of setting: String, in assignment: Assignment, blaming suspect: (parameter: LocatedParameter, position: Position)?
    ) -> Position {
        if let suspect, suspect.parameter.path.last == setting { return suspect.position }
        let named = parameters.filter { $0.path.last == setting }
        if let parameter = named.first(where: { assignment[$0.name] != nil }) ?? named.first {
            return parameter.samples.first?.position ?? parameter.position
        }
        return trainer.places[setting] ?? suspect?.position ?? trainer.position
    }

    /// A configuration with some values given, and the first of each other parameter's.
    private func assignment(where given: [String: SettingValue]) -> Assignment {
        let first = Dictionary(parameters.map { ($0.name, $0.samples[0].value) }) { $1 }
        return specification.space.assignment { parameter, _ in given[parameter.name] ?? first[parameter.name] ?? .null }
    }
}
