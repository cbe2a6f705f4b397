package import Checkpoints
package import Layers
import Tensors

extension BertWeights {
    package func layer(_ site: Site) throws(CheckpointError) -> FrozenLayer {
        if site.layer == nil, !hasPooler {
            let (weight, bias) = try linear(site)
            return FrozenLayer(weight: BlockMatrix(weight), bias: bias)
        }
        return FrozenLayer(
            weight: try matrix(module(site) + ".weight", [site.outputs, site.inputs]),
            bias: try files.tensor(module(site) + ".bias", shape: [site.outputs]))
    }

    package func embeddings(of tokens: [Int32]) throws(CheckpointError) -> [Float] {
        let width = configuration.hiddenSize
        let words = try matrix(prefix + BertTensorNames.words, [configuration.vocabularySize, width])
        let rows = FloatStorage(count: tokens.count * width)
        for (row, token) in tokens.enumerated() { words.read(Int(token)..<Int(token) + 1, into: rows.base + row * width) }
        return Array(rows.values)
    }

    /// As the file has it, so that of a large one no copy is made; numbers of 64 bits are converted.
    private func matrix(_ name: String, _ shape: [Int]) throws(CheckpointError) -> BlockMatrix {
        try files.entry(name, shape: shape).typeName == "F64"
            ? BlockMatrix(files.tensor(name, shape: shape)) : files.blocks(name, shape: shape)
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
