package import Backbones
import Checkpoints
import Layers
package import Methods
package import Tasks

/// What a configuration's adapter comes to, told from the model's shape alone.
package struct AdapterSize: Sendable, Hashable {
    /// The head included, as PEFT counts them.
    package let trainableParameters: Int
    /// Of the tensors' files, exactly.
    package let bytes: Int

    /// - Throws: `PlacementError` for a configuration that fits no module.
    package init(
        of method: any TuningMethod, _ head: any TaskHead, on model: any BackboneConfiguration
    ) throws(PlacementError) {
        trainableParameters = try TuningPlan(method, head, on: model).layout.specs.filter { !$0.isFrozen }
            .reduce(0) { $0 + $1.count }
        let saved = try TuningPlan(method.exported(for: model, rows: head.rows), head, on: model).layout.specs
        // Names of a model's modules can always be written.
        let shapes = saved.map {
            (name: method.savesModel ? $0.modelName : method.fileName($0.name, on: model), shape: $0.shape)
        }
        let (kind, isOwn) = (type(of: method), { (name: String) in type(of: method).owns(name) })
        let files = kind.files.head == nil ? [shapes] : [shapes.filter { isOwn($0.name) }, shapes.filter { !isOwn($0.name) }]
        bytes = files.filter { !$0.isEmpty }.reduce(0) {
            $0 + SafetensorsWriter.byteCount(of: $1, metadata: TensorSeal.blank(AdapterFolder.metadata))
        }
    }
}
