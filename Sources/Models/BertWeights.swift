package import Checkpoints
import Tensors

/// The file of a BERT's weights, each tensor checked against the configuration when it is read.
package struct BertWeights {
    package let configuration: BertConfiguration
    package let file: SafetensorsFile
    /// Which state of which file this is, with the configuration; nil where the file changed while it was opened.
    package let identity: String?
    private let prefix: String

    /// - Throws: `CheckpointError` for a folder without config.json or model.safetensors, or with damaged ones.
    package init(modelFolder: String) throws(CheckpointError) {
        let configuration = try BertConfiguration(modelFolder: modelFolder)
        self.configuration = configuration
        let path = modelFolder + "/model.safetensors"
        let before = FileIdentity(path: path)
        file = try SafetensorsFile(path: path)
        identity = before == FileIdentity(path: path) ? before.map { "\($0); \(configuration)" } : nil
        prefix = file.entries["bert." + Self.words] != nil ? "bert." : ""
    }

    private static let words = "embeddings.word_embeddings.weight"

    /// The tensor `name` of a head that has it, or nil; another shape is an error.
    package func headTensor(_ name: String, shape: [Int]) throws(CheckpointError) -> FloatTensor? {
        file.entries[name] == nil ? nil : try file.tensor(name, shape: shape)
    }

    package func releasePages() { file.releasePages() }

    /// True when the file has a pooler; without one it starts at random.
    package var hasPooler: Bool { file.entries[prefix + "pooler.dense.weight"] != nil }

    func linear(_ module: LinearModule) throws(CheckpointError) -> (weight: FloatTensor, bias: FloatTensor) {
        let name = prefix + module.name.dropFirst("bert.".count)
        if module.role == .pooler, !hasPooler { return freshPooler(module) }
        return (
            try file.tensor(name + ".weight", shape: [module.outputs, module.inputs]),
            try file.tensor(name + ".bias", shape: [module.outputs])
        )
    }

    func embeddings() throws(CheckpointError) -> BertEmbeddings {
        let c = configuration
        let types = try file.tensor(prefix + "embeddings.token_type_embeddings.weight")
        guard types.shape.count == 2, types.shape[0] > 0, types.shape[1] == c.hiddenSize else {
            throw CheckpointError(
                path: file.path, problem: "tensor '\(prefix)embeddings.token_type_embeddings.weight' has shape \(types.shape)")
        }
        return BertEmbeddings(
            words: try file.tensor(prefix + Self.words, shape: [c.vocabularySize, c.hiddenSize]),
            positions: try file.tensor(
                prefix + "embeddings.position_embeddings.weight", shape: [c.positionCount, c.hiddenSize]),
            type: FloatStorage(copying: UnsafeBufferPointer(rebasing: types.values.prefix(c.hiddenSize))),
            norm: try norm("embeddings.LayerNorm"))
    }

    func norms(layer: Int) throws(CheckpointError) -> (attention: LayerNorm, output: LayerNorm) {
        (
            try norm("encoder.layer.\(layer).attention.output.LayerNorm"),
            try norm("encoder.layer.\(layer).output.LayerNorm")
        )
    }

    /// Files of the first years say gamma and beta.
    private func norm(_ name: String) throws(CheckpointError) -> LayerNorm {
        let old = file.entries["\(prefix)\(name).gamma"] != nil
        let gamma = try file.tensor("\(prefix)\(name).\(old ? "gamma" : "weight")", shape: [configuration.hiddenSize])
        let beta = try file.tensor("\(prefix)\(name).\(old ? "beta" : "bias")", shape: [configuration.hiddenSize])
        return LayerNorm(gamma: gamma.values, beta: beta.values, epsilon: configuration.normEpsilon)
    }

    /// Normal with a seed of its own: a frozen pooler has to be the same in every run that uses this file.
    private func freshPooler(_ module: LinearModule) -> (weight: FloatTensor, bias: FloatTensor) {
        var random = RandomSource(seed: 0x706f_6f6c_6572)
        let weight = (0..<module.inputs * module.outputs).map { _ in Float(configuration.initializerRange * random.normal()) }
        return (
            FloatTensor(copying: weight, shape: [module.outputs, module.inputs]),
            FloatTensor(copying: [Float](repeating: 0, count: module.outputs), shape: [module.outputs])
        )
    }
}

/// The tables that tokens are looked up in; only the rows of tokens that occur are ever read.
struct BertEmbeddings {
    let words: FloatTensor
    let positions: FloatTensor
    /// The row of token type 0, the only one that single texts have.
    let type: FloatStorage
    let norm: LayerNorm
}
