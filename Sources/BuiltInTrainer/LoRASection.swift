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
        let space = study.specification.space
        for parameter in study.parameters {
            if let own = space[parameter.name], own.path.count > 1 {
                try refuseGroup(own, at: parameter.position, in: space)
                continue
            }
            guard !TrainerSettings.unsearchedNames.contains(parameter.name) else {
                throw SpaceFileError(at: parameter.position, "'\(parameter.name)' cannot be searched")
            }
            guard TrainerSettings.knownNames.contains(parameter.name) else {
                throw .unknown("parameter", parameter.name, at: parameter.position, allowed: searchable)
            }
        }
    }

    /// A group's parameter is another range of the setting that it ends with, for which the others are not there.
    private static func refuseGroup(
        _ parameter: Parameter, at position: Position, in space: SearchSpace
    ) throws(SpaceFileError) {
        guard TrainerSettings.grouped.contains(parameter.ownName) else {
            throw .unknown("setting in a group", parameter.ownName, at: position, allowed: TrainerSettings.grouped.sorted())
        }
        for other in space.parameters where other.ownName == parameter.ownName && other.name != parameter.name {
            let both = Parameter(
                name: parameter.name, distribution: parameter.distribution, conditions: parameter.conditions + other.conditions)
            guard space.witness(for: both) != nil else { continue }
            throw SpaceFileError(
                at: position,
                "'\(parameter.name)' and '\(other.name)' are both \(parameter.ownName), and one configuration can have both; give them "
                    + "conditions that exclude one another, such as when: {finetuning_type: full}")
        }
    }
}
