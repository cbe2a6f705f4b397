package import Backbones
import Checkpoints
import Layers
package import Methods
package import Tasks

/// What a configuration's adapter comes to, told from the model's shape alone.
package struct AdapterSize: Sendable, Hashable {
    /// The head included, as PEFT counts them.
    package let trainableParameters: Int
    /// Of adapter_model.safetensors, exactly.
    package let bytes: Int

    /// - Throws: `PlacementError` for a configuration that fits no module.
    package init(
        of method: any TuningMethod, _ head: any TaskHead, on model: any BackboneConfiguration
    ) throws(PlacementError) {
        self.init(method, head, on: model, at: try method.sites(of: model, for: head.rows))
    }

    init(_ method: any TuningMethod, _ head: any TaskHead, on model: any BackboneConfiguration, at sites: [Site]) {
        let own = head.parameters(on: model)
        trainableParameters = (method.parameters(at: sites) + own).reduce(0) { $0 + $1.count }
        // Names of a model's modules can always be written.
        let shapes = (method.exported.parameters(at: sites) + own).map { (name: $0.name, shape: $0.shape) }
        bytes = SafetensorsWriter.byteCount(of: shapes, metadata: TensorSeal.blank(AdapterFolder.metadata))
    }
}
