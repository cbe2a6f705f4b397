import SearchSpaces
import TrainerSettings

/// Asks the built-in trainer's settings about every value that a study can try, before anything runs.
struct SettingsCheck {
    let specification: StudySpecification
    let trainer: LocatedTrainer
    let parameters: [LocatedParameter]
    let metrics: [LocatedMetric]

    func run() throws(SpaceFileError) {
        guard trainer.isBuiltIn else { return }
        try refuseNames()
        try check(assignment(where: [:]), blaming: nil)
        for parameter in parameters {
            for sample in parameter.samples {
                var values = specification.space[parameter.name].flatMap(specification.space.witness) ?? [:]
                values[parameter.name] = sample.value
                try check(assignment(where: values), blaming: (parameter, sample.position))
            }
        }
    }

    private func refuseNames() throws(SpaceFileError) {
        let ours = TrainerSettings.unsearchedNames
        let names = TrainerSettings.names.filter { !ours.contains($0) }
        if let train = parameters.first(where: { $0.name == "train" }), trainer.settings["split"] != nil {
            throw SpaceFileError(
                at: train.position,
                "'train' cannot be searched where 'split' divides it: trials would be compared by other rows")
        }
        let known = TrainerSettings.knownNames.filter { !ours.contains($0) }
        for parameter in parameters where !known.contains(parameter.name) {
            if ours.contains(parameter.name) {
                throw SpaceFileError(at: parameter.position, "'\(parameter.name)' cannot be searched")
            }
            throw .unknown("parameter", parameter.name, at: parameter.position, allowed: names)
        }
        for metric in metrics { try refuse(metric, isFirst: metric.metric == specification.metric) }
    }

    private func refuse(_ metric: LocatedMetric, isFirst: Bool) throws(SpaceFileError) {
        let (name, known) = (metric.metric.name, TrainerSettings.reportedMetrics)
        guard known.contains(name) else { throw .unknown("metric", name, at: metric.namePosition, allowed: known) }
        let qualities = TrainerSettings.evaluationMetrics
        guard !isFirst || qualities.contains(name) else {
            let which = metrics.count > 1 ? "the first metric, by which a trial's adapter is kept," : "the metric"
            throw SpaceFileError(
                at: metric.namePosition, "found '\(name)', expected as \(which) one of \(qualities.joined(separator: ", "))")
        }
    }

    private func check(_ assignment: Assignment, blaming suspect: (LocatedParameter, Position)?) throws(SpaceFileError) {
        do {
            _ = try specification.trainerSettings(for: assignment, seed: specification.seed)
        } catch {
            throw SpaceFileError(at: place(of: error.setting, blaming: suspect), error.description)
        }
    }

    /// Where the blamed setting stands: as the value under test, as another parameter, in the trainer's section.
    private func place(of setting: String, blaming suspect: (LocatedParameter, Position)?) -> Position {
        if let suspect, suspect.0.name == setting { return suspect.1 }
        if let parameter = parameters.first(where: { $0.name == setting }) {
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
