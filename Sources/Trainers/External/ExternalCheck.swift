import SearchSpaces
import SpaceFiles
import TrainerSettings

/// Refuses, before anything runs, what a trainer of others cannot express, for fixed settings and for every value that is searched.
struct ExternalCheck {
    private let study: LocatedStudy
    private let dialect: Dialect

    init(_ study: LocatedStudy, _ dialect: Dialect) { (self.study, self.dialect) = (study, dialect) }

    func run() throws(SpaceFileError) {
        for parameter in study.parameters { try check(parameter) }
        try study.checkValues(problem)
        try checkScales()
    }

    private func check(_ parameter: LocatedParameter) throws(SpaceFileError) {
        if ExternalSettings.option(parameter.name) != nil { return }
        let row = ExternalSetting.aliases[parameter.name] ?? parameter.name
        if ExternalSetting.builtInOnly[parameter.name] != nil { return }
        guard let setting = ExternalSetting.named(row) else {
            guard !ExternalSetting.keys.contains(parameter.name) else {
                throw SpaceFileError(at: parameter.position, "'\(parameter.name)' cannot be searched")
            }
            let names = ExternalSetting.all.filter { $0.row.isSearchable && dialect[$0.name] != nil }.map(\.name)
            throw .unknown("parameter", parameter.name, at: parameter.position, allowed: names + ["options.KEY"])
        }
        guard setting.row.isSearchable, setting.name != "task" else {
            throw SpaceFileError(at: parameter.position, "'\(parameter.name)' cannot be searched")
        }
    }

    /// What is wrong with a configuration; nil: its trial can be launched.
    private func problem(_ assignment: Assignment) -> TrainerSettingsError? {
        do throws(TrainerSettingsError) {
            let settings = try ExternalSettings(assignment, in: study.specification, dialect)
            let place = Compilation.Place(folder: "/trial", cache: "/cache", resume: nil)
            for isAccelerated in [false, true] {
                _ = try Compilation(settings: settings, place: place, data: nil, isAccelerated: isAccelerated).keys(of: dialect)
            }
            return nil
        } catch { return error }
    }

    /// Values of two parameters that make a third one only together.
    private func checkScales() throws(SpaceFileError) {
        let named = { name in study.parameters.first { $0.name == name } }
        guard let ranks = named("r"), let scales = named("alpha_over_r") else { return }
        for scale in scales.samples {
            for rank in ranks.samples {
                var values = study.specification.space[scales.name].flatMap(study.specification.space.witness) ?? [:]
                values.merge(["r": rank.value, "alpha_over_r": scale.value]) { $1 }
                guard let error = problem(Assignment(values)), error.setting == "lora_alpha" else { continue }
                throw SpaceFileError(at: scale.position, "alpha_over_r \(scale.value) with r \(rank.value): \(error)")
            }
        }
    }

    var warnings: [(Position, String)] {
        var warnings: [(Position, String)] = []
        if let place = study.trainer.places["test"] {
            warnings.append(
                (place, "no trial of \(dialect.name) is measured on 'test', nor is the winner: type: lora does that"))
        }
        if study.specification.metric.name == "loss" {
            warnings.append(
                (
                    study.trainer.position,
                    "'loss' is that of training, and may look perfect where training diverged; eval_loss does not"
                ))
        }
        return warnings
    }
}
