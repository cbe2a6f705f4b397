package import Backbones
import Checkpoints

/// What a configuration's adapter comes to, told from the model's shape alone.
package struct AdapterSize: Sendable, Hashable {
    /// The head included, as PEFT counts them.
    package let trainableParameters: Int
    /// Of adapter_model.safetensors, exactly.
    package let bytes: Int

    /// - Parameter labelCount: rows of the classification head.
    /// - Throws: `PlacementError` for a configuration that fits no module.
    package init(
        of lora: LoRAConfiguration, on model: BertConfiguration, labelCount: Int
    ) throws(PlacementError) {
        let modules = try AdapterPlacement.modules(of: model, lora: lora)
        self.init(AdapterLayout(modules, lora: lora, classes: labelCount, hiddenSize: model.hiddenSize).shapes)
    }

    init(_ shapes: [(name: String, shape: [Int])]) {
        trainableParameters = shapes.reduce(0) { $0 + $1.shape.reduce(1, *) }
        // Names of a model's modules can always be written.
        bytes = SafetensorsWriter.byteCount(of: shapes, metadata: TensorSeal.blank(AdapterFolder.metadata)) ?? 0
    }
}
