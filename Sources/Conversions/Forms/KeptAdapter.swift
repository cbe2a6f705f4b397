import Backbones
import Finetuning
import FoundationEssentials
import Methods
import Tasks
import Tensors
import TrainerSettings

/// A trial's adapter as its folder is, in PEFT's format: nothing is written again, and what was copied is read again as PEFT reads it.
struct KeptAdapter: ModelForm {
    let name = "peft"

    func write(_ trial: TrialModel, type: String?, to draft: String) throws {
        try FileManager.default.copyItem(atPath: trial.adapter, toPath: draft)
    }

    func reload(_ draft: String, _ trial: TrialModel) throws -> (model: TunedModel, tolerance: Tolerance) {
        let folder = TrainedAdapter(draft)
        try folder.verify(isOurs: false)
        guard let task = try TrainingTasks.task(trial.settings.task).saved(in: draft) else {
            throw ConversionError("\(draft): lacks labels.json, which names the classes of its head")
        }
        return (try TunedModel(trained: draft, trial.settings, head: task.head, storage: WeightStorage(.fp32)), .exact)
    }
}
