import Backbones
import Checkpoints
import Finetuning
import FoundationEssentials
import Methods
import Tasks
import Tensors
import TrainerSettings

/// A trial's adapter as its folder is, in PEFT's format: nothing is written again, and what was copied is read again as PEFT reads it.
struct KeptAdapter: ModelForm {
    let name = "peft"
    let keepsTokenizer = true

    func write(_ trial: TrialModel, type: String?, to draft: String) throws {
        try FileManager.default.copyItem(atPath: trial.adapter, toPath: draft)
        try AdapterTokenizer.write(trial.settings, trial.template, in: draft)
    }

    func usage(_ settings: TrainerSettings, _ template: TrainedTemplate?, of export: String) throws -> ModelUsage {
        let file = TrainedTemplate.file
        let way = "tokenizer.chat_template = open(\"\(file)\").read(), vllm serve --chat-template \(file)"
        return ModelUsage(
            notes: template.map { [$0.note(way)] } ?? [],
            remarks: AdapterTokenizer.remarks(of: export))
    }

    func reload(_ draft: String, _ trial: TrialModel) throws -> (model: TunedModel, tolerance: Tolerance) {
        let folder = TrainedAdapter(draft)
        try folder.verify(isOurs: false)
        let head = try folder.task(TrainingTasks.task(trial.settings.task)).head
        // What a folder names no more would load without a word, with its classes numbered.
        guard head.labelNames == trial.head.labelNames else {
            throw ConversionError("\(draft): names other classes than the trial's adapter")
        }
        return (try TunedModel(trained: draft, trial.settings, head: head, storage: WeightStorage(.fp32)), .exact)
    }
}
