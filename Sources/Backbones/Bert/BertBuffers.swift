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
    /// What is inserted reads, and what enters the second layer norm with what it gives [rows, hidden]; of no size where nothing is.
    let read: Floats
    let sum3: Floats
    /// What the groups' deltas keep: the attention's inputs (one after another), its output, the two dense layers.
    let kept: [Floats]

    /// The same for another layer, whose input alone lies elsewhere.
    func with(_ x: Floats) -> BertLayerBuffers {
        BertLayerBuffers(
            x: x, qkv: qkv, context: context, sum1: sum1, inner: inner, sum2: sum2, read: read, sum3: sum3,
            kept: kept)
    }

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

    init(_ capacity: Capacity, for model: Bert) {
        var arena = Arena()
        self.init(capacity, for: model, from: &arena)
        self.arena = arena
    }

    /// - Parameter arena: gives the memory, and owns it.
    init(_ capacity: Capacity, for model: Bert, from arena: inout Arena) {
        let c = model.configuration
        let (tokens, rows, hidden) = (capacity.tokens, capacity.rows, c.hiddenSize)
        layers = Self.layers(capacity, model, &arena)
        result = BertResultBuffers(
            chosen: arena.take(rows * hidden), query: arena.take(rows * hidden), output: arena.take(rows * hidden),
            gradient: arena.take(rows * hidden, trainingAlone: true), pooled: arena.take(rows * hidden),
            pooledGradient: arena.take(rows * hidden, trainingAlone: true),
            kept: arena.take(rows * (model.pooler?.keptWidth ?? 0)),
            queryGradient: arena.take(rows * hidden, trainingAlone: true))
        let shape = AttentionShape(
            queries: capacity.longest, keys: capacity.longest, width: c.headWidth, queryStride: 0, keyStride: 0,
            outputStride: 0)
        let widest = max(hidden, c.intermediateSize)
        let delta =
            (model.groups.map { $0.scratchCount(rows: max(tokens, rows)) }
            + model.layers.map { $0.insertion?.scratchCount(rows: max(tokens, rows)) ?? 0 }).max() ?? 0
        moment = BertMomentaryBuffers(
            normal: arena.take(tokens * hidden), active: arena.take(tokens * c.intermediateSize),
            gradient: arena.take(tokens * hidden, trainingAlone: true),
            contextGradient: arena.take(tokens * hidden, trainingAlone: true),
            qkvGradient: arena.take(tokens * 3 * hidden, trainingAlone: true), attention: arena.take(shape.scratchCount),
            scratch: Scratch(
                narrow: UnsafeMutableRawPointer(
                    arena.take(model.storage.precision == .bf16 ? tokens * (max(3 * hidden, widest) / 2 + 3) : 0)
                ).assumingMemoryBound(to: BFloat16.self), delta: arena.take(delta)))
    }

    /// The layers below the first tuned one share its buffers. Where activations are computed again, all have these in common, but for
    /// what enters each.
    private static func layers(_ capacity: Capacity, _ model: Bert, _ arena: inout Arena) -> [BertLayerBuffers] {
        let (c, first) = (model.configuration, model.firstTunedLayer)
        var layers: [BertLayerBuffers] = []
        let inserted = model.layers.contains { $0.insertion != nil } ? c.hiddenSize : 0
        for index in first..<max(c.layerCount, first + 1) {
            // In an evaluation the first one's serve all layers.
            let isExtra = index > first
            func take(_ count: Int) -> Floats { arena.take(count, trainingAlone: isExtra) }
            let x = take(capacity.tokens * c.hiddenSize)
            if isExtra, model.recomputes {
                layers.append(layers[0].with(x))
                continue
            }
            // From attention on, the last layer is computed for the chosen tokens alone.
            let rows = isExtra && index == c.layerCount - 1 && model.rows != .all ? capacity.rows : capacity.tokens
            layers.append(
                BertLayerBuffers(
                    x: x, qkv: take(capacity.tokens * 3 * c.hiddenSize), context: take(rows * c.hiddenSize),
                    sum1: take(rows * c.hiddenSize), inner: take(rows * c.intermediateSize), sum2: take(rows * c.hiddenSize),
                    read: take(rows * inserted), sum3: take(rows * inserted),
                    kept: model.keptWidths(ofBuffers: index).map { take(capacity.tokens * $0) }))
        }
        return layers
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
