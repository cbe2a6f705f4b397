import Confirmations
import SearchSpaces
import Studies
package import StudyStore
package import TrainerSettings

/// One side of a comparison: a study's best, a trial, or an exported adapter.
package struct Contender: Sendable {
    /// "trial 3 of study reviews", or the adapter's folder.
    package let name: String
    let metric: Metric?
    let value: Double?
    let standardError: Double?
    /// Of the report that gave the value, and of the test split.
    let metrics: [String: Double]
    let parameters: [String: SettingValue]
    /// Of the adapter's files; nil: there are none.
    let bytes: Int?
    let seconds: Double?
    /// What seeds do to values in the study that it is of; nil: the study was not confirmed.
    let seeds: SeedNoise?
    let confirmed: ConfirmedStudy?
    /// The trial of the search that has its configuration.
    private let origin: Trial.ID?
    let study: String?
    let trial: Int?
    /// At which the value was reported.
    let step: Int?
    let training: TrainingFacts

    /// - Parameters:
    ///   - number: a trial's; nil: the study's best.
    ///   - data: the study's files, as far as they are known.
    /// - Throws: `StudyViewError` where the study has no such trial, or it has reported nothing.
    package init(_ store: StudyStore, trial number: Int?, data: [DataFact] = []) throws {
        let best = try BestTrial(store, trial: number)
        let record = try store.study()
        let which = number == nil ? "the best, trial \(best.trial.id)," : "trial \(best.trial.id)"
        name = "\(which) of study \(record.name)"
        metric = Metric(name: record.metric, goal: record.goal)
        (value, standardError) = (best.report.value, best.standardError)
        let own = [record.metric: best.report.value].merging(best.report.metrics) { own, _ in own }
        metrics = own.merging(best.test ?? [:]) { own, _ in own }
        parameters = best.trial.assignment.values
        bytes = best.adapter.flatMap { ExportedAdapter.bytes(in: $0) }
        seconds = try store.trial(best.trial.id)?.seconds
        confirmed = try ConfirmedStudy(store)
        seeds = confirmed.flatMap(SeedNoise.init)
        origin = best.trial.confirmed ?? best.trial.id
        (study, trial, step) = (record.name, best.trial.id.number, best.report.step)
        training = TrainingFacts(configuration: store.folder.configuration(of: best.trial.id), data)
    }

    package init(_ adapter: ExportedAdapter) {
        name = adapter.path
        let card = adapter.card
        metric = card?.metric.map { Metric(name: $0.name, goal: Goal(rawValue: $0.goal) ?? Goal(usualFor: $0.name)) }
        value = card?.value
        standardError = card?.values["standard_error"]?.number
        var metrics = (card?.numbers("metrics") ?? [:]).merging(card?.numbers("test") ?? [:]) { own, _ in own }
        if let metric, let value { metrics[metric.name] = value }
        self.metrics = metrics
        // Of one without a card its own file is all that there is to know.
        parameters = card?.object("parameters") ?? adapter.configuration.filter { Self.known.contains($0.key) }
        (bytes, seconds, seeds, confirmed, origin) = (adapter.bytes, nil, nil, nil, nil)
        (study, trial, step) = (card?.study, card?.trial, card?.values["step"]?.integer)
        training = TrainingFacts(adapter)
    }

    private static let known = [
        "r", "lora_alpha", "lora_dropout", "target_modules", "peft_type", "use_dora", "use_rslora", "bias",
    ]

    /// As it was searched, else as the trainer was given it.
    func setting(_ name: String) -> SettingValue? { parameters[name] ?? training.settings[name] }

    /// Its place among those that were confirmed; nil: it is none of them.
    var place: Int? {
        guard let origin, let confirmed else { return nil }
        return confirmed.verdict.standings.firstIndex { $0.candidate.trial == origin }
    }

    package var json: SettingValue {
        .object([
            "name": .string(name), "study": .text(study), "trial": .integer(trial), "step": .integer(step),
            "metric": .text(metric?.name),
            "value": .number(value),
            "standard_error": .number(standardError), "metrics": .object(metrics.mapValues(SettingValue.double)),
            "parameters": .object(parameters), "settings": .object(training.settings), "model": .text(training.model),
            "data": .object(training.data.mapValues(\.json)), "adapter_bytes": .integer(bytes), "seconds": .number(seconds),
        ])
    }
}

/// How much a value changes with its seed, as a confirmation has measured it.
package struct SeedNoise: Sendable, Hashable {
    /// From seed to seed, over all configurations that were confirmed.
    let deviation: Double
    /// Values that it rests on, less the means that were taken of them.
    let freedom: Int
    let study: String

    /// nil: no configuration has two values, or seeds make no difference at all.
    init?(_ confirmed: ConfirmedStudy) {
        let several = confirmed.verdict.standings.filter { $0.values.count > 1 && !$0.hasOwnNoise }
        let freedom = several.reduce(0) { $0 + $1.values.count - 1 }
        let squares = several.reduce(0.0) { sum, standing in
            let deviation = standing.deviation ?? 0
            return sum + deviation * deviation * Double(standing.values.count - 1)
        }
        guard freedom > 0, squares > 0 else { return nil }
        (deviation, self.freedom, study) = ((squares / Double(freedom)).squareRoot(), freedom, confirmed.study.name)
    }
}
