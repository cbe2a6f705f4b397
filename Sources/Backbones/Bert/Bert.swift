package import Checkpoints
package import Layers
import Tensors

/// A frozen encoder of BERT's kind, with its pooler where it has one.
package final class Bert: Backbone {
    package let configuration: BertConfiguration
    package let storage: WeightStorage
    package let identity: String?
    package let virtualTokens: (any VirtualTokens)?
    let rows: RowSelection
    private let packed: PackedWeights?
    let embeddings: BertEmbeddings
    let layers: [BertLayer]
    /// nil where no pooled rows are wanted, or these are the last layer's.
    let pooler: LinearGroup?
    /// Nothing of a lower order is tuned.
    let lowestOrder: Int
    /// The lowest layer with something tuned in it; the layer count when there is none.
    let firstTunedLayer: Int
    /// Whether the backward computes again what a layer's forward left, but for what entered it.
    let recomputes: Bool
    package let memory: BackboneMemory

    package var prefixDepth: Int { min(firstTunedLayer, configuration.layerCount - 1) }
    var groups: [LinearGroup] { layers.flatMap(\.groups) + (pooler.map { [$0] } ?? []) }

    init(_ weights: BertWeights, _ attachments: Attachments, _ storage: WeightStorage) throws(CheckpointError) {
        let configuration = weights.configuration
        let lowest = attachments.lowestOrder
        self.configuration = configuration
        self.storage = storage
        identity = weights.identity
        (rows, virtualTokens) = (attachments.rows, attachments.virtualTokens)
        recomputes = attachments.use == .checkpointing
        lowestOrder = lowest
        let trained = attachments.trained
        embeddings = (storage.isPlan ? BertEmbeddings() : try weights.embeddings()).placed(trained, configuration)
        let sites = configuration.sites(for: .pooled)
        func isTrained(_ site: Site) -> Bool { trained[site.name + ".weight"] != nil }
        let together = attachments.packed(sites, isTrained: isTrained)
        let packed: PackedWeights? =
            storage.precision == .bf16
            ? try PackedWeights(together.sites, identity: together.areShared ? identity : nil, storage, copies: .both) {
                site throws(CheckpointError) in attachments.changed(try weights.linear(site).weight, of: site)
            } : nil
        self.packed = packed
        func linear(_ site: Site) throws(CheckpointError) -> Linear {
            let passesGradient = site.order > lowest
            if storage.isPlan {
                return isTrained(site)
                    ? Linear(trained: site, bias: nil, isPlan: true, kernels: storage.kernels)
                    : Linear(
                        planned: site, passesGradient: passesGradient, precision: storage.precision, kernels: storage.kernels)
            }
            let (weight, bias) = try weights.linear(site)
            if isTrained(site) {
                return withExtendedLifetime(bias) {
                    Linear(trained: site, bias: bias.values, isPlan: false, kernels: storage.kernels)
                }
            }
            if let packed {
                return Linear(
                    site, forward: packed.forward(site), backward: passesGradient ? packed.backward(site) : nil,
                    bias: bias.values)
            }
            let changed = attachments.changed(weight, of: site)
            return withExtendedLifetime(changed) {
                Linear(
                    site, weight: changed.values, bias: bias.values, passesGradient: passesGradient, kernels: storage.kernels)
            }
        }
        var layers: [BertLayer] = []
        for index in 0..<configuration.layerCount {
            var linears: [Linear] = []
            for role in BertRole.inLayer { linears.append(try linear(configuration.site(role, layer: index))) }
            let isLast = index == configuration.layerCount - 1
            let (norms, names) = (try weights.norms(layer: index), configuration.normNames(index))
            layers.append(
                BertLayer(
                    linears,
                    norms: (
                        norms.attention.placed(names.attention, in: trained), norms.output.placed(names.output, in: trained)
                    ), attachments,
                    queryApart: isLast && attachments.rows != .all))
        }
        self.layers = layers
        firstTunedLayer = layers.firstIndex { $0.output.order >= lowest } ?? layers.count
        pooler =
            attachments.rows == .pooled && configuration.family.hasPooler
            ? LinearGroup([try linear(configuration.site(.pooler, layer: nil))], attachments: attachments) : nil
        weights.releasePages()
        let groups = layers.flatMap(\.groups) + (pooler.map { [$0] } ?? [])
        var memory = try BackboneMemory(groups, packed, tables: weights.tableMemory(trained)) {
            site throws(CheckpointError) in try weights.entry(site)
        }
        memory.deltas += layers.reduce(0) { $0 + ($1.insertion?.memory ?? 0) }
        self.memory = memory
    }

    package func plannedActivations(_ capacity: Capacity) -> ArenaPlan {
        Arena.planned { _ = BertBuffers(capacity, for: self, from: &$0) }
    }

    package func savePackedWeights(in cache: CacheFolder) { packed?.save(in: cache) }

    package func pack(_ pass: Pass, threads: Int) {
        virtualTokens?.pack(pass)
        LinearGroup.pack(groups, pass, threads: threads)
        embeddings.pack(pass)
        for layer in layers {
            layer.norms.attention.pack(pass)
            layer.norms.output.pack(pass)
            layer.insertion?.pack(pass)
        }
    }

    package func activations() -> any Activations { BertActivations(self) }
}

/// One encoder layer.
struct BertLayer {
    /// Layers that read the layer's input, and where among query, key and value (0, 1, 2) their results go.
    struct Input {
        let group: LinearGroup
        let columns: [Int]
    }

    /// Together query, key and value, in this order, unless they have to stand apart.
    let inputs: [Input]
    let attentionOutput: LinearGroup
    let intermediate: LinearGroup
    let output: LinearGroup
    let norms: (attention: LayerNorm, output: LayerNorm)
    /// What reads the layer's result, and adds to what that is the norm of; nil: nothing.
    let insertion: (any LayerInsertion)?
    /// Whether the gradient of the keys is read even where the layer's input needs none.
    let tunesKey: Bool

    var groups: [LinearGroup] { inputs.map(\.group) + [attentionOutput, intermediate, output] }
    /// What has a higher order needs the gradient of the layer's input.
    var order: Int { inputs[0].group.order }

    /// - Parameters:
    ///   - linears: in the order of ``BertRole/inLayer``.
    ///   - queryApart: the query is computed for other rows than key and value.
    init(
        _ linears: [Linear], norms: (attention: LayerNorm, output: LayerNorm), _ attachments: Attachments, queryApart: Bool
    ) {
        func group(_ roles: BertRole...) -> LinearGroup {
            LinearGroup(roles.map { linears[$0.rawValue] }, attachments: attachments)
        }
        if attachments.areSeparate {
            inputs = [
                Input(group: group(.query), columns: [0]), Input(group: group(.key), columns: [1]),
                Input(group: group(.value), columns: [2]),
            ]
        } else if queryApart {
            inputs = [Input(group: group(.query), columns: [0]), Input(group: group(.key, .value), columns: [1, 2])]
        } else {
            inputs = [Input(group: group(.query, .key, .value), columns: [0, 1, 2])]
        }
        attentionOutput = group(.attentionOutput)
        intermediate = group(.intermediate)
        output = group(.output)
        self.norms = norms
        insertion = attachments.insert(linears[BertRole.output.rawValue].site)
        tunesKey = attachments.tunes(linears[BertRole.key.rawValue].site)
    }
}
