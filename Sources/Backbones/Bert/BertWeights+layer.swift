package import Checkpoints
package import Layers
import Tensors

extension BertWeights {
    package func layer(_ site: Site) throws(CheckpointError) -> FrozenLayer {
        let (weight, bias) = try linear(site)
        return FrozenLayer(weight: BlockMatrix(weight), bias: bias)
    }
}

extension BlockMatrix {
    /// The numbers of a matrix where they lie.
    fileprivate convenience init(_ tensor: FloatTensor) {
        guard let start = tensor.values.baseAddress, tensor.shape.count == 2 else { preconditionFailure("no matrix") }
        self.init(.f32, rows: tensor.shape[0], columns: tensor.shape[1], at: start, of: TensorOwner(tensor: tensor))
    }
}

/// What keeps a tensor's numbers.
private final class TensorOwner {
    private let tensor: FloatTensor

    init(tensor: FloatTensor) { self.tensor = tensor }
}
