package import Checkpoints
package import Layers
import Tensors

/// A decoder's weights, each tensor checked against the configuration when it is read.
package struct DecoderWeights: BackboneWeights {
    package let configuration: DecoderConfiguration
    package let identity: String?
    package let remarks: [String] = []
    private let files: any WeightSource
    /// What the names of the model's tensors lack here: "model." where a bare model was saved, without its head.
    private let dropped: String

    static let finalNormName = "model.norm"
    static let embeddingsName = "model.embed_tokens.weight"
    private static let embeddings = embeddingsName
    private static let finalNorm = finalNormName + ".weight"
    private static let head = "lm_head.weight"

    init(_ told: DecoderConfiguration, in model: String) throws(CheckpointError) {
        files = try WeightSources.open(model)
        let configuration: DecoderConfiguration
        switch try ModelPlace(model) {
        case .folder: configuration = told
        case .gguf: configuration = try told.completed(by: files)
        }
        self.configuration = configuration
        identity = files.identity.map { "\($0); \(configuration)" }
        let bare = String(Self.embeddings.dropFirst("model.".count))
        dropped = !files.contains(Self.embeddings) && files.contains(bare) ? "model." : ""
    }

    package var title: String { files.title }
    package var isQuantized: Bool { files.hasQuantized }

    package func remark(onTextsOf length: Int) -> String? {
        guard let file = (files as? GGUFWeights)?.file, !configuration.layers.contains(where: { $0.window != nil }) else {
            return nil
        }
        return GGUFWindow(file.metadata)?.remark(onTextsOf: length)
    }

    package func releasePages() { files.releasePages() }

    private func name(_ name: String) -> String {
        name.hasPrefix(dropped) ? String(name.dropFirst(dropped.count)) : name
    }

    @discardableResult package func check() throws(CheckpointError) -> Int {
        let c = configuration
        var required = [(Self.embeddings, [c.vocabularySize, c.hiddenSize]), (Self.finalNorm, [c.hiddenSize])]
        for layer in 0..<c.layerCount {
            let prefix = DecoderConfiguration.layerPrefix(layer)
            required += DecoderNorms.names(c).map { (prefix + $0 + ".weight", [c.hiddenSize]) }
            if c.normsHeads { required += ["q_norm", "k_norm"].map { (prefix + "self_attn.\($0).weight", [c.headWidth]) } }
            for role in c.roles {
                let site = c.site(role, layer: layer)
                required.append((site.name + ".weight", [site.outputs, site.inputs]))
                if c.hasBias(role) { required.append((site.name + ".bias", [site.outputs])) }
            }
        }
        // A classifier's files have no vocabulary's matrix, and need none.
        if !c.tiesEmbeddings, !files.contains(c.classifier.weightName) {
            required.append((Self.head, [c.vocabularySize, c.hiddenSize]))
        }
        var count = 0
        for (name, shape) in required { count += try files.entry(self.name(name), shape: shape).elementCount }
        return count
    }

    package func headTensor(_ name: String, shape: [Int]) throws(CheckpointError) -> FloatTensor? {
        files.contains(name) ? try files.tensor(name, shape: shape) : nil
    }

    package func backbone(_ attachments: Attachments, _ storage: WeightStorage) throws(CheckpointError) -> any Backbone {
        try DecoderModel(self, attachments, storage)
    }

    /// A site's weight [outputs, inputs]; that of the vocabulary's may be the embeddings'.
    func weight(_ site: Site) throws(CheckpointError) -> FloatTensor {
        try files.tensor(weightName(site), shape: [site.outputs, site.inputs])
    }

    /// What the files say of it.
    func entry(_ site: Site) throws(CheckpointError) -> WeightEntry { try files.entry(weightName(site)) }

    /// The same as it lies in the file.
    func blocks(_ site: Site) throws(CheckpointError) -> BlockMatrix {
        try files.blocks(weightName(site), shape: [site.outputs, site.inputs])
    }

    package func tensor(_ tensor: ModelTensor) throws(CheckpointError) -> FloatTensor {
        // A copy of the vocabulary's matrix starts as the embeddings, where it has none of its own.
        let isTied = configuration.tiesEmbeddings && tensor.name == Self.head
        return try files.tensor(name(isTied ? Self.embeddings : tensor.name), shape: tensor.shape)
    }

    package func layer(_ site: Site) throws(CheckpointError) -> FrozenLayer {
        let bias = name(site.name + ".bias")
        return FrozenLayer(
            weight: try blocks(site), bias: files.contains(bias) ? try files.tensor(bias, shape: [site.outputs]) : nil)
    }

    private func weightName(_ site: Site) -> String {
        let isTied = site.layer == nil && configuration.tiesEmbeddings
        return name(isTied ? Self.embeddings : site.name + ".weight")
    }

    func bias(_ role: DecoderRole, layer: Int) throws(CheckpointError) -> FloatTensor? {
        guard configuration.hasBias(role) else { return nil }
        let site = configuration.site(role, layer: layer)
        return try files.tensor(name(site.name + ".bias"), shape: [site.outputs])
    }

    /// [vocabulary, hidden], as the file has them.
    func embeddings() throws(CheckpointError) -> BlockMatrix {
        let c = configuration
        return try files.blocks(name(Self.embeddings), shape: [c.vocabularySize, c.hiddenSize])
    }

    package func embeddings(of tokens: [Int32]) throws(CheckpointError) -> [Float] {
        let (table, width): (BlockMatrix, Int) = (try embeddings(), configuration.hiddenSize)
        let rows = FloatStorage(count: tokens.count * width)
        for (row, token) in tokens.enumerated() {
            table.read(Int(token)..<Int(token) + 1, into: rows.base + row * width, kernels: .current)
        }
        return rows.values.map { $0 * configuration.embeddingScale }
    }

    func finalNorm() throws(CheckpointError) -> RMSNorm { try norm(Self.finalNorm, configuration.hiddenSize) }

    func norms(layer: Int) throws(CheckpointError) -> DecoderNorms {
        let (c, prefix) = (configuration, DecoderConfiguration.layerPrefix(layer))
        var norms: [RMSNorm] = []
        for name in DecoderNorms.names(c) { norms.append(try norm(prefix + name + ".weight", c.hiddenSize)) }
        return DecoderNorms(
            input: norms[0], inner: norms[1], attended: c.normsResults ? norms[2] : nil, gated: c.normsResults ? norms[3] : nil,
            query: c.normsHeads ? try norm(prefix + "self_attn.q_norm.weight", c.headWidth) : nil,
            key: c.normsHeads ? try norm(prefix + "self_attn.k_norm.weight", c.headWidth) : nil)
    }

    private func norm(_ name: String, _ size: Int) throws(CheckpointError) -> RMSNorm {
        let weight = try files.tensor(self.name(name), shape: [size])
        let offset = configuration.normOffset
        let gamma = withExtendedLifetime(weight) { weight.values.map { $0 + offset } }
        return gamma.withUnsafeBufferPointer { RMSNorm(gamma: $0, epsilon: configuration.normEpsilon, offset: offset) }
    }
}

/// The RMS norms of one layer.
struct DecoderNorms {
    /// Before attention.
    var input: RMSNorm
    /// Before the gated layers.
    var inner: RMSNorm
    /// Of what attention gives, and of what the gated layers give; nil: it is added as it is.
    var attended: RMSNorm?
    var gated: RMSNorm?
    /// Of each query head and each key head; nil: they have none.
    var query: RMSNorm?
    var key: RMSNorm?

    /// Before attention and before the gated layers, then after each where these have one.
    static func names(_ c: DecoderConfiguration) -> [String] {
        c.normsResults
            ? ["input_layernorm", "pre_feedforward_layernorm", "post_attention_layernorm", "post_feedforward_layernorm"]
            : ["input_layernorm", "post_attention_layernorm"]
    }
}
