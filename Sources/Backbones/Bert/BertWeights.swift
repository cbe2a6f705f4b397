package import Checkpoints
package import Layers
import Tensors

/// A BERT's weights, each tensor checked against the configuration when it is read.
package struct BertWeights: BackboneWeights {
    package let configuration: BertConfiguration
    let files: WeightFiles
    package let identity: String?
    private let names: BertTensorNames

    init(_ configuration: BertConfiguration, in folder: String) throws(CheckpointError) {
        self.configuration = configuration
        files = try WeightFiles(modelFolder: folder)
        names = try BertTensorNames(in: files, of: configuration)
        identity = files.identity.map { "\($0); \(configuration)" }
    }

    var prefix: String { names.prefix }

    package func headTensor(_ name: String, shape: [Int]) throws(CheckpointError) -> FloatTensor? {
        let name = names.headPrefix + name
        return files.contains(name) ? try files.tensor(name, shape: shape) : nil
    }

    package func backbone(_ attachments: Attachments, _ storage: WeightStorage) throws(CheckpointError) -> any Backbone {
        try Bert(self, attachments, storage)
    }

    package func releasePages() { files.releasePages() }

    package var title: String { files.title }
    package var remarks: [String] { hasPooler || !configuration.family.hasPooler ? [] : ["its pooler starts at random"] }

    /// True when the files have a pooler that the model uses; where it uses one and they have none, it starts at random.
    var hasPooler: Bool { configuration.family.hasPooler && files.contains(prefix + "pooler.dense.weight") }

    /// A site's module in the files.
    func module(_ site: Site) -> String { prefix + site.name.dropFirst(configuration.family.prefix.count) }

    func linear(_ site: Site) throws(CheckpointError) -> (weight: FloatTensor, bias: FloatTensor) {
        let name = module(site)
        if site.layer == nil, !hasPooler { return freshPooler(site) }
        return (
            try files.tensor(name + ".weight", shape: [site.outputs, site.inputs]),
            try files.tensor(name + ".bias", shape: [site.outputs])
        )
    }

    /// What the files say of a site's weight; nil where it starts at random.
    func entry(_ site: Site) throws(CheckpointError) -> WeightEntry? {
        if site.layer == nil, !hasPooler { return nil }
        return try files.entry(module(site) + ".weight", shape: [site.outputs, site.inputs])
    }

    package func tensor(_ tensor: ModelTensor) throws(CheckpointError) -> FloatTensor {
        let own = String(tensor.name.dropFirst(configuration.family.prefix.count))
        let old = own.replacing("LayerNorm.weight", with: "LayerNorm.gamma").replacing("LayerNorm.bias", with: "LayerNorm.beta")
        let pooler = configuration.site(.pooler, layer: nil)
        if tensor.modules.first == pooler.name, !hasPooler {
            let fresh = freshPooler(pooler)
            return tensor.isBias ? fresh.bias : fresh.weight
        }
        return try files.tensor(prefix + (files.contains(prefix + old) ? old : own), shape: tensor.shape)
    }

    /// The tables that tokens are looked up in, but for those that are trained.
    func tableMemory(_ trained: TrainedTensors) throws(CheckpointError) -> MemoryUse {
        var memory = MemoryUse()
        for name in [BertTensorNames.words, BertTensorNames.positions] where trained[configuration.family.prefix + name] == nil
        {
            memory = memory + (try files.entry(prefix + name).memory)
        }
        return memory
    }

    func embeddings() throws(CheckpointError) -> BertEmbeddings {
        let c = configuration
        return BertEmbeddings(
            type: try typeEmbedding(),
            words: try files.tensor(prefix + BertTensorNames.words, shape: [c.vocabularySize, c.hiddenSize]),
            positions: try files.tensor(prefix + BertTensorNames.positions, shape: [c.positionRows, c.hiddenSize]),
            norm: try norm("embeddings.LayerNorm"))
    }

    private func typeEmbedding() throws(CheckpointError) -> FloatStorage {
        guard configuration.family.hasTypes else { return FloatStorage(count: configuration.hiddenSize) }
        try checkTypeEmbeddings()
        let types = try files.tensor(prefix + BertTensorNames.types)
        return FloatStorage(copying: UnsafeBufferPointer(rebasing: types.values.prefix(configuration.hiddenSize)))
    }

    /// There may be any number of types, of which the first is used.
    func checkTypeEmbeddings() throws(CheckpointError) {
        let shape = try files.entry(prefix + BertTensorNames.types).shape
        guard shape.count == 2, shape[0] > 0, shape[1] == configuration.hiddenSize else {
            throw CheckpointError(path: files.path, problem: "tensor '\(prefix)\(BertTensorNames.types)' has shape \(shape)")
        }
    }

    func norms(layer: Int) throws(CheckpointError) -> (attention: LayerNorm, output: LayerNorm) {
        let (path, names) = (configuration.layerPath(layer), configuration.family.names)
        return (try norm(path + names.attentionNorm), try norm(path + names.outputNorm))
    }

    /// Files of the first years say gamma and beta.
    private func norm(_ name: String) throws(CheckpointError) -> LayerNorm {
        let old = files.contains("\(prefix)\(name).gamma")
        let gamma = try files.tensor("\(prefix)\(name).\(old ? "gamma" : "weight")", shape: [configuration.hiddenSize])
        let beta = try files.tensor("\(prefix)\(name).\(old ? "beta" : "bias")", shape: [configuration.hiddenSize])
        return LayerNorm(gamma: gamma.values, beta: beta.values, epsilon: configuration.normEpsilon)
    }

    /// Normal with a seed of its own: a frozen pooler has to be the same in every run that uses this file.
    private func freshPooler(_ site: Site) -> (weight: FloatTensor, bias: FloatTensor) {
        var random = RandomSource(seed: 0x706f_6f6c_6572)
        let weight = (0..<site.inputs * site.outputs).map { _ in Float(configuration.initializerRange * random.normal()) }
        return (
            FloatTensor(copying: weight, shape: [site.outputs, site.inputs]),
            FloatTensor(copying: [Float](repeating: 0, count: site.outputs), shape: [site.outputs])
        )
    }
}
