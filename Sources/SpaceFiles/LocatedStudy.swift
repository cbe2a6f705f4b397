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

    /// Asks a trainer about every value that a study can try: every choice, both bounds and one between.
    ///
    /// - Parameter problem: what is wrong with a configuration that cannot be run; the value to blame is found here.
    package func checkValues(_ problem: (Assignment) -> TrainerSettingsError?) throws(SpaceFileError) {
        try check(assignment(where: [:]), blaming: nil, problem)
        for parameter in parameters {
            for sample in parameter.samples {
                var values = specification.space[parameter.name].flatMap(specification.space.witness) ?? [:]
                values[parameter.name] = sample.value
                try check(assignment(where: values), blaming: (parameter, sample.position), problem)
            }
        }
    }

    private func check(
        _ assignment: Assignment, blaming suspect: (LocatedParameter, Position)?,
        _ problem: (Assignment) -> TrainerSettingsError?
    ) throws(SpaceFileError) {
        if let error = problem(assignment) {
            throw SpaceFileError(at: place(of: error.setting, in: assignment, blaming: suspect), error.description)
        }
    }

    /// Where the blamed setting stands: as the value under test, as another parameter, in the trainer's section.
    private func place(
        of setting: String, in assignment: Assignment, blaming suspect: (LocatedParameter, Position)?
    ) -> Position {
        if let suspect, suspect.0.path.last == setting { return suspect.1 }
        let named = parameters.filter { $0.path.last == setting }
        if let parameter = named.first(where: { assignment[$0.name] != nil }) ?? named.first {
            return parameter.samples.first?.position ?? parameter.position
        }
        return trainer.places[setting] ?? suspect?.1 ?? trainer.position
    }

    /// A configuration with some values given, and the first of each other parameter's.
    private func assignment(where given: [String: SettingValue]) -> Assignment {
        let first = Dictionary(parameters.map { ($0.name, $0.samples[0].value) }) { $1 }
        return specification.space.assignment { parameter, _ in given[parameter.name] ?? first[parameter.name] ?? .null }
    }
}
