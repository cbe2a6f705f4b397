package import Checkpoints
package import Tensors

/// A frozen BERT encoder with low-rank addends on some of its linear layers.
package final class Bert {
    package let configuration: BertConfiguration
    package let kernels: Kernels
    package let precision: WeightPrecision
    /// The weights' (``BertWeights/identity``).
    package let identity: String?
    private let packed: PackedWeights?
    let embeddings: BertEmbeddings
    let layers: [BertLayer]
    let pooler: LinearGroup
    /// Nothing at less depth is trained.
    let firstTrainedDepth: Int
    let largestRank: Int

    /// The lowest layer with something trained in it; the layer count when it is the head alone.
    var firstTrainedLayer: Int { min(firstTrainedDepth / 4, configuration.layerCount) }

    /// How many of the lowest layers give the same result for a sequence in every pass: nothing in them or below is trained.
    package var prefixDepth: Int { min(firstTrainedLayer, configuration.layerCount - 1) }

    /// What the bits of a hidden state depend on besides the weights and the tokens.
    package var numerics: String { "\(precision.rawValue), \(kernels)" }

    /// Reads `model.safetensors` in the folder, its tensors with or without the prefix "bert.".
    ///
    /// - Parameters:
    ///   - slots: the adapters, by module name.
    ///   - separateInputs: adapters that read the same input drop different parts of it.
    ///   - precision: how the linear layers' frozen weights are kept and multiplied.
    ///   - cache: where weights packed in bf16 may be found, and ``savePackedWeights(in:)`` puts them.
    /// - Throws: `CheckpointError` naming the file and the tensor that is missing or has another shape.
    package init(
        _ weights: BertWeights, slots: [String: LowRankSlot], separateInputs: Bool, precision: WeightPrecision = .fp32,
        cache: CacheFolder? = nil, kernels: Kernels
    ) throws(CheckpointError) {
        let configuration = weights.configuration
        let depths = configuration.linearModules.filter { slots[$0.name] != nil }.map(\.depth)
        let lowest = depths.min() ?? configuration.headDepth
        self.configuration = configuration
        self.kernels = kernels
        self.precision = precision
        identity = weights.identity
        firstTrainedDepth = lowest
        largestRank = slots.values.map(\.rank).max() ?? 1
        embeddings = try weights.embeddings()
        let packed = precision == .bf16 ? try PackedWeights(weights, in: cache, kernels: kernels) : nil
        self.packed = packed
        func linear(_ module: LinearModule) throws(CheckpointError) -> Linear {
            let (weight, bias) = try weights.linear(module)
            return Linear(
                module, weight: weight.values, bias: bias.values, slot: slots[module.name],
                passesGradient: module.depth > lowest, packed: packed, kernels: kernels)
        }
        var layers: [BertLayer] = []
        for index in 0..<configuration.layerCount {
            var linears: [LinearModule.Role: Linear] = [:]
            for role in LinearModule.Role.allCases.dropLast() {
                linears[role] = try linear(configuration.module(role, layer: index))
            }
            layers.append(
                BertLayer(
                    linears: linears, norms: try weights.norms(layer: index),
                    queryApart: separateInputs || index == configuration.layerCount - 1, keyValueApart: separateInputs,
                    kernels: kernels))
        }
        self.layers = layers
        pooler = LinearGroup([try linear(configuration.module(.pooler, layer: nil))], kernels: kernels)
        weights.releasePages()
    }

    /// Keeps what was packed in bf16 for whoever loads this model next.
    package func savePackedWeights(in cache: CacheFolder) { packed?.save(in: cache) }

    /// Takes over the trained parameters as they are now; once before every pass that follows a change.
    func pack(_ pass: Pass) {
        for group in layers.flatMap(\.groups) + [pooler] {
            group.pack(pass.parameters, training: pass.isTraining, kernels: kernels)
        }
    }
}

/// One encoder layer.
struct BertLayer {
    /// Layers that read the layer's input, and where among query, key and value (0, 1, 2) their results go.
    struct Input {
        let group: LinearGroup
        let columns: [Int]
    }

    /// Together query, key and value, in this order; in the last layer the query stands alone.
    let inputs: [Input]
    let attentionOutput: LinearGroup
    let intermediate: LinearGroup
    let output: LinearGroup
    let norms: (attention: LayerNorm, output: LayerNorm)

    var groups: [LinearGroup] { inputs.map(\.group) + [attentionOutput, intermediate, output] }

    init(
        linears: [LinearModule.Role: Linear], norms: (attention: LayerNorm, output: LayerNorm), queryApart: Bool,
        keyValueApart: Bool, kernels: Kernels
    ) {
        func group(_ roles: LinearModule.Role...) -> LinearGroup {
            LinearGroup(roles.compactMap { linears[$0] }, kernels: kernels)
        }
        let together: [Input]
        if keyValueApart {
            together = [
                Input(group: group(.query), columns: [0]), Input(group: group(.key), columns: [1]),
                Input(group: group(.value), columns: [2]),
            ]
        } else if queryApart {
            together = [Input(group: group(.query), columns: [0]), Input(group: group(.key, .value), columns: [1, 2])]
        } else {
            together = [Input(group: group(.query, .key, .value), columns: [0, 1, 2])]
        }
        inputs = together
        attentionOutput = group(.attentionOutput)
        intermediate = group(.intermediate)
        output = group(.output)
        self.norms = norms
    }
}
