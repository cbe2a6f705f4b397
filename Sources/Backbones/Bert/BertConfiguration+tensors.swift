package import Layers

extension BertConfiguration {
    package func tensors(for rows: RowSelection) -> [ModelTensor] {
        let prefix = family.prefix
        func norm(_ name: String, order: Int) -> [ModelTensor] {
            ["weight", "bias"].map { ModelTensor("\(name).\($0)", [hiddenSize], order: order) }
        }
        func table(_ name: String, _ rows: Int) -> ModelTensor { ModelTensor(prefix + name, [rows, hiddenSize], order: -1) }
        var tensors = [
            table(BertTensorNames.words, vocabularySize), table(BertTensorNames.positions, positionRows),
        ]
        if family.hasTypes { tensors.append(table(BertTensorNames.types, typeCount)) }
        tensors += norm(embeddingNorm, order: -1)
        for layer in 0..<layerCount {
            let (names, order) = (normNames(layer), layer * BertRole.stages)
            tensors += BertRole.inLayer.flatMap { site($0, layer: layer).tensors() }
            tensors += norm(names.attention, order: order + BertRole.attentionOutput.stage)
            tensors += norm(names.output, order: order + BertRole.output.stage)
        }
        return tensors + (rows == .pooled && family.hasPooler ? site(.pooler, layer: nil).tensors() : [])
    }

    var embeddingNorm: String { family.prefix + "embeddings.LayerNorm" }

    func normNames(_ layer: Int) -> (attention: String, output: String) {
        let path = family.prefix + layerPath(layer)
        return (path + family.names.attentionNorm, path + family.names.outputNorm)
    }
}
