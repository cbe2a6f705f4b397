import Backbones
package import SearchSpaces
package import TrainerSettings
package import Trainers

extension LoRATrainer {
    /// A trial's settings for a trainer of others, with the modules that it adapts: their own defaults may be others.
    ///
    /// - Parameter form: one of ``ForeignConfiguration/forms``.
    /// - Throws: `TrainerSettingsError` for a setting that the trainer has no way to express, with the format that has it.
    package func configuration(
        _ assignment: Assignment, in study: StudySpecification, as form: String
    ) throws(TrainerSettingsError) -> ForeignConfiguration {
        guard study.rankSearch == nil else {
            throw TrainerSettingsError(
                setting: "rank_search",
                problem: "finds a trial's ranks, which no trainer of others does; take --format json, for `autolora train`")
        }
        let chosen = Assignment(assignment.settings)
        let model = modelName(for: chosen, in: study).map { $0.hasPrefix("/") ? $0 : study.folder + "/" + $0 }
        let targets = model.flatMap { try? Architectures.configuration(of: $0).defaultTargets }
        return try ForeignConfiguration(
            chosen, in: study, as: form, targets: targets?.isEmpty == false ? targets : nil)
    }
}
