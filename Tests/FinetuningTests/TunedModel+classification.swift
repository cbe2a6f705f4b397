import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Tasks
import Tensors

extension TunedModel {
    /// LoRA with a classifier's head.
    convenience init(
        modelFolder: String, labels: [String], lora: LoRAConfiguration, seed: UInt64, initAdapter: String? = nil,
        precision: WeightPrecision = .fp32, cache: CacheFolder? = nil, kernels: Kernels = .current
    ) throws {
        try self.init(
            modelFolder: modelFolder, method: lora, head: ClassificationHead(labels: labels), seed: seed,
            initAdapter: initAdapter, storage: WeightStorage(precision, cache: cache, kernels: kernels))
    }

    func trainStep(
        _ batch: PackedBatch, targets: [Int32], dropoutSeed: UInt64, prefix: UnsafePointer<Float>? = nil
    ) throws -> Float {
        try trainStep(batch, targets: Targets(classes: targets), dropoutSeed: dropoutSeed, prefix: prefix)
    }

    func logits(_ batch: PackedBatch, prefix: UnsafePointer<Float>? = nil) throws -> [Float] {
        try outputs(batch, prefix: prefix)
    }

    var labels: [String] { (head as? ClassificationHead)?.labels ?? [] }
}

extension AdapterSize {
    init(of lora: LoRAConfiguration, on model: any BackboneConfiguration, labelCount: Int) throws {
        try self.init(of: lora, ClassificationHead(labels: (0..<labelCount).map { "\($0)" }), on: model)
    }
}
