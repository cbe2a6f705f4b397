package import Checkpoints
package import Layers
import Tensors

/// A frozen decoder of Llama's kind: RMS norms before causal attention and before a gated pair of layers.
package final class DecoderModel: Backbone {
    package let configuration: DecoderConfiguration
    package let storage: WeightStorage
    package let identity: String?
    package let outputLayer: LinearGroup?
    package let virtualTokens: (any VirtualTokens)?
    let rows: RowSelection
    private let packed: PackedWeights?
    /// [vocabulary, hidden]; only the rows of tokens that occur are ever read.
    let embeddings: BlockMatrix
    /// What they are multiplied by; a bf16 number where products are in bf16, as transformers has it.
    let embeddingScale: Float
    let layers: [DecoderLayer]
    /// After the last layer.
    let norm: RMSNorm
    /// Where the embeddings lie among what is trained; nil: they are frozen.
    let embeddingsPlace: Int?
    /// Nothing of a lower order is tuned.
    let lowestOrder: Int
    /// The lowest layer with something tuned in it; the layer count when there is none.
    let firstTunedLayer: Int
    /// Whether the backward computes again what a layer's forward left, but for what entered it.
    let recomputes: Bool
    package let memory: BackboneMemory

    package var prefixDepth: Int { min(firstTunedLayer, configuration.layerCount - 1) }
    var groups: [LinearGroup] { layers.flatMap(\.groups) }

    init(_ weights: DecoderWeights, _ attachments: Attachments, _ storage: WeightStorage) throws(CheckpointError) {
        let configuration = weights.configuration
        let lowest = attachments.lowestOrder
        // First: only tensors of the sizes that the configuration names show that memory of these sizes is wanted.
        try weights.check()
        self.configuration = configuration
        self.storage = storage
        identity = weights.identity
        (rows, virtualTokens) = (attachments.rows, attachments.virtualTokens)
        recomputes = attachments.use == .checkpointing
        lowestOrder = lowest
        embeddings = try weights.embeddings()
        embeddingScale = storage.precision.rounded(configuration.embeddingScale)
        let trained = attachments.trained
        norm = try weights.finalNorm().placed(DecoderWeights.finalNormName, in: trained)
        embeddingsPlace = trained[DecoderWeights.embeddingsName]
        let isTied = configuration.tiesEmbeddings && !attachments.savesCopies
        func weightName(_ site: Site) -> String {
            site.layer == nil && isTied ? DecoderWeights.embeddingsName : site.name + ".weight"
        }
        func isTrained(_ site: Site) -> Bool { trained[weightName(site)] != nil }
        // A classifier's head is the task's, and its files may have no vocabulary's matrix.
        let outputSite = attachments.rows == .pooled ? nil : configuration.outputSite
        let sites = configuration.sites(for: attachments.rows) + (outputSite.map { [$0] } ?? [])
        let together = attachments.packed(sites, isTrained: isTrained)
        let packed: PackedWeights? =
            storage.keepsBlocks
            ? nil
            : try PackedWeights(
                together.sites,
                identity: together.areShared
                    ? weights.identity.map { outputSite == nil ? $0 + "; without lm_head" : $0 } : nil,
                storage, copies: .forward
            ) { site throws(CheckpointError) in attachments.changed(try weights.weight(site), of: site) }
        self.packed = packed
        func linear(_ site: Site, bias: FloatTensor?) throws(CheckpointError) -> Linear {
            let passesGradient = site.order > lowest
            if isTrained(site) {
                return withExtendedLifetime(bias) {
                    Linear(trained: site, bias: bias?.values, isPlan: storage.isPlan, kernels: storage.kernels)
                }
            }
            guard let packed else {
                let blocks = try weights.blocks(site)
                return withExtendedLifetime(bias) {
                    Linear(
                        site, blocks: blocks, bias: bias?.values, passesGradient: passesGradient, precision: storage.precision)
                }
            }
            return withExtendedLifetime(bias) {
                Linear(
                    site, forward: packed.forward(site), backward: passesGradient ? packed.backward(site) : nil,
                    bias: bias?.values)
            }
        }
        var layers: [DecoderLayer] = []
        for index in 0..<configuration.layerCount {
            var linears: [DecoderRole: Linear] = [:]
            for role in configuration.roles {
                linears[role] = try linear(
                    configuration.site(role, layer: index), bias: storage.isPlan ? nil : try weights.bias(role, layer: index))
            }
            let isLast = index == configuration.layerCount - 1
            layers.append(
                DecoderLayer(
                    linears, norms: try weights.norms(layer: index).placed(trained, layer: index, configuration),
                    kind: configuration.layers[index], attachments,
                    queryApart: isLast && attachments.rows != .all))
        }
        self.layers = layers
        firstTunedLayer = layers.firstIndex { $0.down.order >= lowest } ?? layers.count
        outputLayer =
            if let outputSite {
                LinearGroup(
                    [try linear(outputSite, bias: nil)], attachments: Attachments(rows: rows, trained: trained),
                    weight: weightName(outputSite))
            } else { nil }
        weights.releasePages()
        let groups = layers.flatMap(\.groups) + (outputLayer.map { [$0] } ?? [])
        // Blocks that are multiplied by are those that are looked up in.
        let isShared = embeddingsPlace != nil || storage.keepsBlocks && configuration.tiesEmbeddings && outputLayer != nil
        var memory = try BackboneMemory(groups, packed, tables: MemoryUse(mapped: isShared ? 0 : embeddings.byteCount)) {
            site throws(CheckpointError) in try weights.entry(site)
        }
        memory.deltas += layers.reduce(0) { $0 + ($1.insertion?.memory ?? 0) }
        self.memory = memory
    }

    package func plannedActivations(_ capacity: Capacity) -> ArenaPlan {
        Arena.planned { _ = DecoderBuffers(capacity, for: self, from: &$0) }
    }

    package func savePackedWeights(in cache: CacheFolder) { packed?.save(in: cache) }

    package func pack(_ pass: Pass, threads: Int) {
        virtualTokens?.pack(pass)
        LinearGroup.pack([outputLayer].compactMap(\.self) + groups, pass, threads: threads)
        norm.pack(pass)
        for layer in layers {
            layer.norms.pack(pass)
            layer.insertion?.pack(pass)
        }
    }

    package func activations() -> any Activations { DecoderActivations(self) }

    package func generation() -> (any GenerationPass)? { DecoderGeneration(self) }
    package func generationMemory(_ batch: PackedBatch, newTokens: Int) -> Int {
        DecoderGeneration.memory(self, batch, newTokens: newTokens)
    }
}

extension WeightPrecision {
    /// The nearest number of this precision; of two that are as near the even one.
    package func rounded(_ number: Float) -> Float {
        guard self == .bf16 else { return number }
        let bits = number.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
    }
}
