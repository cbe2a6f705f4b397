import Backbones
import Layers
import Methods
import SearchSpaces
import Tasks
import TrainerSettings

extension TrainerSettings {
    /// The greatest rank that all modules can have within a study's budget, with the scale as it is; where the model cannot be read nothing
    /// is changed, and it is told elsewhere.
    ///
    /// - Throws: `TrainerSettingsError` where not even the least rank keeps to the budget, or a cut has less to give than it.
    mutating func take(_ search: RankSearch) throws(TrainerSettingsError) {
        let lora = LoRAConfiguration(self)
        guard finetuningType == .lora, let model = try? Architectures.configuration(of: self.model),
            let rows = try? TrainingTasks.task(task).head.rows, let sites = try? lora.adaptedSites(of: model, for: rows)
        else { return }
        let least = adapterStart == .orthogonal ? 2 : 1
        let lengths = usesDoRA ? sites.reduce(0) { $0 + $1.outputs } : 0
        let cost = sites.reduce(0) { $0 + $1.inputs + $1.outputs }
        guard cost > 0, least * cost + lengths <= search.budget else {
            throw TrainerSettingsError(
                setting: "target_modules",
                problem:
                    "rank_search's budget is \(search.budget), and these \(sites.count) modules have \(least * cost + lengths) parameters "
                    + "with rank \(least); give a greater budget or fewer modules")
        }
        let (scale, found) = (loraAlpha / Double(rank), (search.budget - lengths) / cost)
        // A rank beyond a matrix's smaller side gives nothing more; orthogonal adapters have even ones.
        rank = min(found, sites.map { min($0.inputs, $0.outputs) }.max() ?? found) / least * least
        loraAlpha = scale * Double(rank)
        try checkRankStart()
    }
}
