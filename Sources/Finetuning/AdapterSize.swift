package import Backbones
import Checkpoints
import Layers
package import Methods
package import Tasks

/// What a configuration's adapter comes to, told from the model's shape alone.
package struct AdapterSize: Sendable, Hashable {
    /// The head included, as PEFT counts them.
    package let trainableParameters: Int
    /// Of adapter_model.safetensors, or of the model's own file, exactly.
    package let bytes: Int

    /// - Throws: `PlacementError` for a configuration that fits no module.
    package init(
        of method: any TuningMethod, _ head: any TaskHead, on model: any BackboneConfiguration
    ) throws(PlacementError) {
        trainableParameters = try TuningPlan(method, head, on: model).layout.count
        let saved = try TuningPlan(method.exported(for: model, rows: head.rows), head, on: model).layout.specs
        // Names of a model's modules can always be written.
        let shapes = saved.map { (name: method.savesModel ? $0.modelName : $0.name, shape: $0.shape) }
        bytes = SafetensorsWriter.byteCount(of: shapes, metadata: TensorSeal.blank(AdapterFolder.metadata))
    }
}
