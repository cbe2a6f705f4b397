import Checkpoints
package import Models

/// A frozen BERT with LoRA adapters and a trained classification head.
package final class AdaptedClassifier {
    package let parameters: TrainableParameters
    package let labels: [String]

    /// - Parameter initAdapter: a folder with a PEFT adapter to start from.
    /// - Throws: an error naming the file and the tensor, or the target module, that is wrong.
    package init(
        modelFolder: String, labels: [String], lora: LoRAConfiguration, seed: UInt64, initAdapter: String? = nil
    ) throws {
        self.labels = labels
        parameters = TrainableParameters([])
        throw CheckpointError(path: modelFolder, problem: "models cannot be read yet")
    }

    package var trainableParameterCount: Int { parameters.count }

    /// Forward and backward; the gradients are overwritten, and the mean cross-entropy is returned.
    ///
    /// - Parameter dropoutSeed: determines the dropout's masks fully.
    package func trainStep(_ batch: PackedBatch, targets: [Int32], dropoutSeed: UInt64) throws -> Float { .nan }

    /// Logits without dropout, row-major [sequences, labels].
    package func logits(_ batch: PackedBatch) throws -> [Float] { [] }

    /// Writes a folder that PEFT loads; each file is replaced atomically.
    package func saveAdapter(to folder: String, baseModel: String) throws {}
}
