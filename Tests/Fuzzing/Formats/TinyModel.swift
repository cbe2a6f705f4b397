import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Tasks
import TrainerSettings

/// What the formats of a model's and an adapter's files share.
enum TinyModel {
    static let labels = ["bad", "good", "odd"]
    /// Tokens of the longer of the two texts.
    static let longest = 4

    /// Loads the model with an adapter and lets it look at two texts.
    static func use(_ folder: String, initAdapter: String?, storage: WeightStorage = WeightStorage()) throws {
        // Some model types have no modules that are taken without being named.
        let method = LoRAConfiguration(rank: 4, alpha: 8, targets: initAdapter == nil ? .allLinear : nil)
        let classifier = try TunedModel(
            modelFolder: folder, method: method, head: ClassificationHead(labels: labels), seed: 1, initAdapter: initAdapter,
            storage: storage)
        classifier.threads = 1
        _ = try classifier.outputs(PackedBatch(tokens: [2, 7, 3, 2, 8, 9, 3], offsets: [0, 3, 7]))
    }

    /// Settings that train it for a few steps.
    static func settings(_ folder: String) -> [String: SettingValue] {
        let data = SettingValue.string(folder + "/train.jsonl")
        return [
            "model": .string(folder), "train": data, "validation": data, "max_steps": .int(6), "eval_steps": .int(2),
            "batch_size": .int(8), "max_length": .int(12), "learning_rate": .double(1e-2), "r": .int(4), "threads": .int(1),
            "precision": .string("fp32"), "prefix_cache": .string("off"),
        ]
    }
}
