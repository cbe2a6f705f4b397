import SearchSpaces
import SpaceFiles
import TrainerSettings
import Trainers

/// Reads a section of `type: lora`, and refuses what the built-in trainer cannot run.
struct LoRASection {
    private let section: TrainerSection

    init(_ section: TrainerSection) {
        self.section = section
    }

    func trainer() throws(SpaceFileError) -> LocatedTrainer {
        guard let value = section.value else { throw SpaceFileError(at: section.root.position, "the file lacks 'trainer'") }
        let keys = try Section(
            value, named: "the trainer", allowed: TrainerSettings.names, passedOver: TrainerSettings.knownNames)
        let elsewhere = ["seed": "seed", "metric_for_best_model": "metric", "greater_is_better": "metric"]
        var settings: [String: SettingValue] = [:]
        var places: [String: Position] = [:]
        for key in keys.keys {
            if let top = elsewhere[key] {
                throw SpaceFileError(
                    at: keys.position(of: key), "the study decides '\(key)'; write '\(top)' at the top level")
            }
            settings[key] = keys[key]?.value
            places[key] = keys[key]?.position
        }
        return LocatedTrainer(.lora(settings), position: value.position, places: places)
    }

    static func check(_ study: LocatedStudy, by trainer: LoRATrainer) throws(SpaceFileError) {
        try refuseNames(in: study)
        if let figures = trainer.figures { try study.check(figures) }
        try study.checkValues { assignment in
            do throws(TrainerSettingsError) {
                return foreignMetric(in: study, try TrainerSettings(assignment, in: study.specification))
            } catch { return error }
        }
    }

    /// A metric that the task does not have: trials would report none.
    private static func foreignMetric(in study: LocatedStudy, _ settings: TrainerSettings) -> TrainerSettingsError? {
        let own = settings.task.metrics.map(\.name)
        let foreign = TrainerSettings.Task.allCases.flatMap(\.metrics).map(\.name).filter { !own.contains($0) }
        guard let metric = study.specification.metrics.map(\.name).first(where: foreign.contains) else { return nil }
        return TrainerSettingsError(
            setting: "task",
            problem: "\(settings.task.rawValue) has no \(metric); its metrics are \(own.joined(separator: ", "))")
    }

    private static func refuseNames(in study: LocatedStudy) throws(SpaceFileError) {
        if let train = study.parameters.first(where: { $0.name == "train" }), study.trainer.settings["split"] != nil {
            throw SpaceFileError(
                at: train.position,
                "'train' cannot be searched where 'split' divides it: trials would be compared by other rows")
        }
        let searchable = TrainerSettings.names.filter { !TrainerSettings.unsearchedNames.contains($0) }
        for parameter in study.parameters {
            guard !TrainerSettings.unsearchedNames.contains(parameter.name) else {
                throw SpaceFileError(at: parameter.position, "'\(parameter.name)' cannot be searched")
            }
            guard TrainerSettings.knownNames.contains(parameter.name) else {
                throw .unknown("parameter", parameter.name, at: parameter.position, allowed: searchable)
            }
        }
    }
}
