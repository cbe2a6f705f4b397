package import Checkpoints
package import Tensors

/// A frozen linear layer as its file has it, for methods that read it themselves.
package struct FrozenLayer {
    /// [outputs, inputs]
    package let weight: BlockMatrix
    package let bias: FloatTensor?
}
