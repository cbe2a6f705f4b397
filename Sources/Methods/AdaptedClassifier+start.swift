package import Backbones
import Checkpoints

extension AdaptedClassifier {
    /// Checks what a classifier starts from besides the encoder, by the files' headers alone.
    ///
    /// - Throws: an error naming the file and the tensor, or the target module, that is wrong.
    package static func checkStart(
        _ weights: BertWeights, labelCount: Int, lora: LoRAConfiguration, initAdapter: String?
    ) throws {
        let modules = try AdapterPlacement.modules(of: weights.configuration, lora: lora)
        let layout = AdapterLayout(modules, lora: lora, classes: labelCount, hiddenSize: weights.configuration.hiddenSize)
        if let initAdapter {
            _ = try AdapterFolder(initAdapter).file(with: layout.shapes, lora)
        } else {
            for (name, shape) in layout.shapes.suffix(2) {
                _ = try weights.headTensor(String(name.dropFirst(AdapterLayout.prefix.count)), shape: shape)
            }
        }
    }
}
