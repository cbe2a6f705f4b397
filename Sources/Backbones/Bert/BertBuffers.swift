import Layers
import Tensors

/// What a layer's backward reads; rows are tokens, but the chosen ones from the last layer's attention on.
struct BertLayerBuffers {
    /// The layer's input [tokens, hidden].
    let x: Floats
    /// Query, key and value side by side [tokens, 3 hidden].
    let qkv: Floats
    /// Attention's result [rows, hidden].
    let context: Floats
    /// What enters the first layer norm [rows, hidden].
    let sum1: Floats
    /// What enters GELU [rows, intermediate].
    let inner: Floats
    /// What enters the second layer norm [rows, hidden].
    let sum2: Floats
    /// What the groups' deltas keep: the attention's inputs (one after another), its output, the two dense layers.
    let kept: [Floats]

    /// Where the deltas of attention's output and of the two dense layers keep theirs.
    var keptLater: (attentionOutput: Floats, intermediate: Floats, output: Floats) {
        (kept[kept.count - 3], kept[kept.count - 2], kept[kept.count - 1])
    }
}

/// From the last layer's attention on, only the chosen tokens are computed: [rows, hidden].
struct BertResultBuffers {
    /// The chosen tokens of the last layer's input.
    let chosen: Floats
    let query: Floats
    /// The last layer's result, and its gradient.
    let output: Floats
    let gradient: Floats
    /// tanh of the pooler, and its gradient.
    let pooled: Floats
    let pooledGradient: Floats
    /// What the pooler's delta keeps.
    let kept: Floats
    let queryGradient: Floats
}

/// What no later step reads.
struct BertMomentaryBuffers {
    /// The first layer norm's result [tokens, hidden].
    let normal: Floats
    /// GELU's result, or its gradient [tokens, intermediate].
    let active: Floats
    let gradient: Floats
    let contextGradient: Floats
    let qkvGradient: Floats
    let attention: Floats
    let scratch: Scratch
}

/// The activations of one pass, planned for a capacity and used again for every batch that fits.
struct BertBuffers {
    let layers: [BertLayerBuffers]
    let result: BertResultBuffers
    let moment: BertMomentaryBuffers
    private var arena = Arena()

    /// The layers below the first tuned one share its buffers.
    init(_ capacity: Capacity, for model: Bert) {
        let c = model.configuration
        let (tokens, rows, hidden) = (capacity.tokens, capacity.rows, c.hiddenSize)
        var arena = Arena()
        layers = (model.firstTunedLayer..<max(c.layerCount, model.firstTunedLayer + 1)).map { index in
            let widths = model.keptWidths(ofBuffers: index)
            return BertLayerBuffers(
                x: arena.take(tokens * hidden), qkv: arena.take(tokens * 3 * hidden), context: arena.take(tokens * hidden),
                sum1: arena.take(tokens * hidden), inner: arena.take(tokens * c.intermediateSize),
                sum2: arena.take(tokens * hidden), kept: widths.map { arena.take(tokens * $0) })
        }
        result = BertResultBuffers(
            chosen: arena.take(rows * hidden), query: arena.take(rows * hidden), output: arena.take(rows * hidden),
            gradient: arena.take(rows * hidden), pooled: arena.take(rows * hidden), pooledGradient: arena.take(rows * hidden),
            kept: arena.take(rows * (model.pooler?.keptWidth ?? 0)), queryGradient: arena.take(rows * hidden))
        let shape = AttentionShape(
            queries: capacity.longest, keys: capacity.longest, width: c.headWidth, queryStride: 0, keyStride: 0,
            outputStride: 0)
        let widest = max(hidden, c.intermediateSize)
        let delta = model.groups.map { $0.scratchCount(rows: max(tokens, rows)) }.max() ?? 0
        moment = BertMomentaryBuffers(
            normal: arena.take(tokens * hidden), active: arena.take(tokens * c.intermediateSize),
            gradient: arena.take(tokens * hidden), contextGradient: arena.take(tokens * hidden),
            qkvGradient: arena.take(tokens * 3 * hidden), attention: arena.take(shape.scratchCount),
            scratch: Scratch(
                narrow: UnsafeMutableRawPointer(arena.take(tokens * (max(3 * hidden, widest) / 2 + 3)))
                    .assumingMemoryBound(to: BFloat16.self), delta: arena.take(delta)))
        self.arena = arena
    }
}

extension Bert {
    /// Floats for each token that the deltas of a layer's groups keep. In an evaluation the first tuned layer's buffers serve all
    /// layers, whose groups may keep more, or be more where the last layer's query stands apart.
    func keptWidths(ofBuffers index: Int) -> [Int] {
        guard index == firstTunedLayer else { return layers[index].groups.map(\.keptWidth) }
        let all = layers.map { $0.groups.map(\.keptWidth) }
        return Array(repeating: all.joined().max() ?? 0, count: all.map(\.count).max() ?? 0)
    }
}
