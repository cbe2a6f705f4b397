import Tensors

/// The largest part of a batch that a workspace has room for.
struct Capacity: Hashable {
    var tokens = 0
    var sequences = 0
    var longest = 0

    func holds(_ other: Capacity) -> Bool {
        tokens >= other.tokens && sequences >= other.sequences && longest >= other.longest
    }

    /// Room for both, rounded up so that a slightly larger batch fits too.
    func growing(to other: Capacity) -> Capacity {
        func up(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }
        return Capacity(
            tokens: max(tokens, up(other.tokens, 256)), sequences: max(sequences, up(other.sequences, 16)),
            longest: max(longest, up(other.longest, 16)))
    }
}

/// What a layer's backward reads; rows are tokens, but sequences from the last layer's attention on.
struct LayerBuffers {
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
    /// x A^T of each group: the attention's inputs (one after another), its output, the two dense layers.
    let low: [Floats]
}

/// What products of adapters need for a moment.
struct Scratch {
    /// An adapter's input after dropout, or its gradient [tokens, intermediate].
    let dropped: Floats
    /// What the frozen weights multiply, in bf16 [tokens, the widest input or outputs].
    let narrow: UnsafeMutablePointer<BFloat16>
    /// The gradient of x A^T [tokens, ranks].
    let low: Floats
    /// A gradient of B^T [rank, outputs].
    let turned: Floats
}

/// The activations of one pass, planned for a capacity and used again for every batch that fits.
package final class Workspace {
    var capacity = Capacity()
    private(set) var layers: [LayerBuffers] = []
    private(set) var head: HeadBuffers?
    private(set) var moment: MomentaryBuffers?
    private(set) var scratch: Scratch?
    private var storage: [FloatStorage] = []
    /// How much of the last storage is taken.
    private var taken = 0

    package init() {}

    /// Makes room for the batch; the layers below the first trained one share its buffers.
    func fit(_ needed: Capacity, model: Bert, classes: Int) {
        guard !capacity.holds(needed) else { return }
        capacity = capacity.growing(to: needed)
        storage.removeAll()
        let c = model.configuration
        let (tokens, sequences, hidden) = (capacity.tokens, capacity.sequences, c.hiddenSize)
        let rank = model.largestRank
        layers = (model.firstTrainedLayer..<max(c.layerCount, model.firstTrainedLayer + 1)).map { _ in
            LayerBuffers(
                x: take(tokens * hidden), qkv: take(tokens * 3 * hidden), context: take(tokens * hidden),
                sum1: take(tokens * hidden), inner: take(tokens * c.intermediateSize), sum2: take(tokens * hidden),
                low: (0..<6).map { _ in take(tokens * 3 * rank) })
        }
        head = HeadBuffers(
            first: take(sequences * hidden), query: take(sequences * hidden), output: take(sequences * hidden),
            pooled: take(sequences * hidden), low: take(sequences * rank), logits: take(sequences * classes),
            gradient: take(sequences * hidden), firstGradient: take(sequences * hidden),
            queryGradient: take(sequences * hidden), logitGradient: take(sequences * classes))
        let shape = AttentionShape(
            queries: capacity.longest, keys: capacity.longest, width: c.headWidth, queryStride: 0, keyStride: 0,
            outputStride: 0)
        moment = MomentaryBuffers(
            normal: take(tokens * hidden), active: take(tokens * c.intermediateSize), gradient: take(tokens * hidden),
            contextGradient: take(tokens * hidden), qkvGradient: take(tokens * 3 * hidden),
            attention: take(shape.scratchCount))
        let widest = max(hidden, c.intermediateSize)
        let narrow = take(tokens * (max(3 * hidden, widest) / 2 + 3))
        scratch = Scratch(
            dropped: take(tokens * widest),
            narrow: UnsafeMutableRawPointer(narrow).assumingMemoryBound(to: BFloat16.self), low: take(tokens * 3 * rank),
            turned: take(3 * rank * widest))
    }

    /// A layer's own buffers in training; one set for all when nothing is kept.
    func buffers(_ layer: Int, keeping: Bool, model: Bert) -> LayerBuffers {
        keeping ? layers[max(0, layer - model.firstTrainedLayer)] : layers[0]
    }

    private func take(_ count: Int) -> Floats {
        let lines = (count + 15) / 16 * 16
        // In large pieces, which the system backs with large pages; what is never written takes no memory.
        if storage.last.map({ $0.count - taken < lines }) ?? true {
            storage.append(FloatStorage(count: max(lines, 8 << 20)))
            taken = 0
        }
        defer { taken += lines }
        return storage[storage.count - 1].base + taken
    }
}

/// From the last layer's attention on, only each sequence's first token is computed: [sequences, ...].
struct HeadBuffers {
    /// The first tokens of the last layer's input.
    let first: Floats
    let query: Floats
    /// The last layer's result.
    let output: Floats
    /// tanh of the pooler.
    let pooled: Floats
    let low: Floats
    let logits: Floats
    let gradient: Floats
    let firstGradient: Floats
    let queryGradient: Floats
    let logitGradient: Floats
}

/// What no later step reads.
struct MomentaryBuffers {
    /// The first layer norm's result [tokens, hidden].
    let normal: Floats
    /// GELU's result, or its gradient [tokens, intermediate].
    let active: Floats
    let gradient: Floats
    let contextGradient: Floats
    let qkvGradient: Floats
    let attention: Floats
}
