import Layers
import Tensors

/// What a layer's backward reads; rows are tokens, but the chosen ones from the last layer's attention on.
struct DecoderLayerBuffers {
    /// What enters the layer [tokens, hidden].
    let x: Floats
    /// Query, key and value side by side, turned [tokens, inputWidth].
    let qkv: Floats
    /// Query and key side by side before their heads' norms [tokens, queryWidth + keyWidth]; of no size where they have none.
    let plain: Floats
    /// Attention's result [rows, queryWidth], and the logarithms of the sums of its softmax [rows, heads].
    let context: Floats
    let sums: Floats
    /// Between attention and the gated layers [rows, hidden].
    let middle: Floats
    /// The gate and what it gates, side by side [rows, 2 * intermediate].
    let gates: Floats
    /// What attention and the gated layers give before its norm [rows, hidden]; of no size where there is none.
    let attended: Floats
    let gated: Floats
    /// What is inserted reads [rows, hidden]; of no size where nothing is.
    let read: Floats
    /// What the groups' deltas keep: those of the inputs, of the output, of the gates, of the last.
    let kept: (inputs: [Floats], output: Floats, gates: [Floats], down: Floats)

    /// The same for another layer, whose input alone lies elsewhere.
    func with(_ x: Floats) -> DecoderLayerBuffers {
        DecoderLayerBuffers(
            x: x, qkv: qkv, plain: plain, context: context, sums: sums, middle: middle, gates: gates, attended: attended,
            gated: gated, read: read, kept: kept)
    }
}

/// From the last layer's attention on, only the chosen tokens are computed: [rows, hidden].
struct DecoderResultBuffers {
    /// The chosen tokens of what enters the last layer, and the same after the norm.
    let x: Floats
    let normal: Floats
    /// The chosen tokens' queries, before and after their norms, and their gradient [rows, queryWidth].
    let plainQuery: Floats
    let query: Floats
    let queryGradient: Floats
    /// What leaves the last layer, and the same after the last norm, with its gradient.
    let sum: Floats
    let output: Floats
    let gradient: Floats
    /// The gradient of what leaves a layer, at the chosen tokens.
    let sumGradient: Floats
    let normalGradient: Floats
}

/// What no later step reads.
struct DecoderMomentaryBuffers {
    /// A norm's result, and its gradient [tokens, hidden].
    let normal: Floats
    let normalGradient: Floats
    /// The gradient of the gate and of what it gates, side by side [tokens, 2 * intermediate].
    let gatesGradient: Floats
    /// The gradient of what enters a layer [tokens, hidden].
    let gradient: Floats
    let contextGradient: Floats
    let qkvGradient: Floats
    let attention: Floats
    let scratch: Scratch

    /// What the gate leaves through, then its gradient [rows, intermediate].
    ///
    /// It lies in the second half of ``gatesGradient``: where a row's gradient is written, nothing is that is still read.
    func active(rows: Int, width: Int) -> Floats { gatesGradient + rows * width }
}

/// The activations of one pass, planned for a capacity and used again for every batch that fits.
struct DecoderBuffers {
    let layers: [DecoderLayerBuffers]
    let result: DecoderResultBuffers
    let moment: DecoderMomentaryBuffers
    private var arena = Arena()

    init(_ capacity: Capacity, for model: DecoderModel) {
        var arena = Arena()
        self.init(capacity, for: model, from: &arena)
        self.arena = arena
    }

    /// - Parameter arena: gives the memory, and owns it.
    init(_ capacity: Capacity, for model: DecoderModel, from arena: inout Arena) {
        let c = model.configuration
        let (tokens, rows, hidden, inner, queryWidth) = (
            capacity.tokens, capacity.rows, c.hiddenSize, c.intermediateSize, c.queryWidth
        )
        layers = Self.layers(capacity, model, &arena)
        result = DecoderResultBuffers(
            x: arena.take(rows * hidden), normal: arena.take(rows * hidden),
            plainQuery: arena.take(c.normsHeads ? rows * queryWidth : 0), query: arena.take(rows * queryWidth),
            queryGradient: arena.take(rows * queryWidth, trainingAlone: true), sum: arena.take(rows * hidden),
            output: arena.take(rows * hidden), gradient: arena.take(rows * hidden, trainingAlone: true),
            sumGradient: arena.take(rows * hidden, trainingAlone: true),
            normalGradient: arena.take(rows * hidden, trainingAlone: true))
        let widest = max(hidden, queryWidth, c.inputWidth, 2 * inner)
        let delta =
            (model.groups.map { $0.scratchCount(rows: max(tokens, rows)) }
            + model.layers.map { $0.insertion?.scratchCount(rows: max(tokens, rows)) ?? 0 }).max() ?? 0
        moment = DecoderMomentaryBuffers(
            normal: arena.take(tokens * hidden), normalGradient: arena.take(tokens * hidden, trainingAlone: true),
            gatesGradient: arena.take(tokens * 2 * inner),
            gradient: arena.take(tokens * hidden, trainingAlone: true),
            contextGradient: arena.take(tokens * queryWidth, trainingAlone: true),
            qkvGradient: arena.take(tokens * c.inputWidth, trainingAlone: true),
            attention: arena.take(CausalShape.scratchCount(keys: capacity.longest, width: c.headWidth)),
            scratch: Scratch(
                narrow: UnsafeMutableRawPointer(
                    arena.take(model.storage.precision == .bf16 ? tokens * (widest / 2 + 3) : 0)
                ).assumingMemoryBound(to: BFloat16.self), delta: arena.take(delta)))
    }

    /// The layers below the first tuned one share its buffers. Where activations are computed again, all have these in common, but for
    /// what enters each.
    private static func layers(_ capacity: Capacity, _ model: DecoderModel, _ arena: inout Arena) -> [DecoderLayerBuffers] {
        let (c, first, tokens) = (model.configuration, model.firstTunedLayer, capacity.tokens)
        let (plainWidth, normed) = (c.normsHeads ? c.queryWidth + c.keyWidth : 0, c.normsResults ? c.hiddenSize : 0)
        let inserted = model.layers.contains { $0.insertion != nil } ? c.hiddenSize : 0
        var layers: [DecoderLayerBuffers] = []
        for index in first..<max(c.layerCount, first + 1) {
            // In an evaluation the first one's serve all layers.
            let isExtra = index > first
            func take(_ count: Int) -> Floats { arena.take(count, trainingAlone: isExtra) }
            let x = take(tokens * c.hiddenSize)
            if isExtra, model.recomputes {
                layers.append(layers[0].with(x))
                continue
            }
            let served = isExtra ? model.layers[index...index] : model.layers[...]
            func kept(_ group: (DecoderLayer) -> LinearGroup?) -> Floats {
                take(tokens * (served.compactMap { group($0)?.keptWidth }.max() ?? 0))
            }
            func kept(_ count: Int, _ inputs: KeyPath<DecoderLayer, [DecoderLayer.Input]>) -> [Floats] {
                (0..<count).map { number in
                    kept { $0[keyPath: inputs].dropFirst(number).first?.group }
                }
            }
            // From attention on, the last layer is computed for the chosen tokens alone.
            let rows = isExtra && index == c.layerCount - 1 && model.rows != .all ? capacity.rows : tokens
            layers.append(
                DecoderLayerBuffers(
                    x: x, qkv: take(tokens * c.inputWidth), plain: take(tokens * plainWidth),
                    context: take(rows * c.queryWidth),
                    sums: take(rows * c.headCount), middle: take(rows * c.hiddenSize),
                    gates: take(rows * 2 * c.intermediateSize),
                    attended: take(rows * normed), gated: take(rows * normed), read: take(rows * inserted),
                    kept: (kept(3, \.inputs), kept { $0.output }, kept(2, \.gates), kept { $0.down })))
        }
        return layers
    }
}
