package import Layers

extension DecoderConfiguration {
    package func tensors(for rows: RowSelection) -> [ModelTensor] {
        var tensors = [ModelTensor(DecoderWeights.embeddingsName, [vocabularySize, hiddenSize], order: -1)]
        for layer in 0..<layerCount {
            let (names, order) = (normNames(layer), layer * DecoderRole.stages)
            func norm(_ name: String?, _ size: Int, order: Int) -> [ModelTensor] {
                name.map { [ModelTensor($0 + ".weight", [size], order: order)] } ?? []
            }
            tensors += norm(names.input, hiddenSize, order: order - 1)
            tensors += roles.flatMap { site($0, layer: layer).tensors(hasBias: hasBias($0)) }
            tensors += norm(names.query, headWidth, order: order) + norm(names.key, headWidth, order: order)
            let attention = order + DecoderRole.output.stage
            tensors += norm(names.attended, hiddenSize, order: attention) + norm(names.inner, hiddenSize, order: attention)
            tensors += norm(names.gated, hiddenSize, order: order + DecoderRole.down.stage)
        }
        let top = layerCount * DecoderRole.stages
        tensors.append(ModelTensor(DecoderWeights.finalNormName + ".weight", [hiddenSize], order: top))
        guard rows != .pooled, !tiesEmbeddings, let outputSite else { return tensors }
        return tensors + outputSite.tensors(hasBias: false)
    }

    /// What the norms of a layer are called; nil: it has none.
    func normNames(_ layer: Int) -> (
        input: String, inner: String, attended: String?, gated: String?, query: String?, key: String?
    ) {
        let prefix = Self.layerPrefix(layer)
        let names = DecoderNorms.names(self).map { prefix + $0 }
        let heads = normsHeads ? ["q_norm", "k_norm"].map { prefix + "self_attn." + $0 } : []
        return (
            names[0], names[1], normsResults ? names[2] : nil, normsResults ? names[3] : nil, heads.first, heads.last
        )
    }
}

extension DecoderNorms {
    /// The same where what is trained has them.
    func placed(_ trained: TrainedTensors, layer: Int, _ configuration: DecoderConfiguration) -> DecoderNorms {
        var norms = self
        let names = configuration.normNames(layer)
        norms.input = input.placed(names.input, in: trained)
        norms.inner = inner.placed(names.inner, in: trained)
        norms.attended = names.attended.flatMap { attended?.placed($0, in: trained) }
        norms.gated = names.gated.flatMap { gated?.placed($0, in: trained) }
        norms.query = names.query.flatMap { query?.placed($0, in: trained) }
        norms.key = names.key.flatMap { key?.placed($0, in: trained) }
        return norms
    }

    func pack(_ pass: Pass) { for norm in [input, inner, attended, gated, query, key] { norm?.pack(pass) } }
}
