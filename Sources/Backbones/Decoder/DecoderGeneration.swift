import Layers
import Tensors

/// One thread's texts that grow token by token on a ``DecoderModel``.
final class DecoderGeneration: GenerationPass {
    private let activations: DecoderActivations
    private var texts: [KeyValueCache] = []

    init(_ model: DecoderModel) { activations = DecoderActivations(model) }

    func prefill(_ batch: PackedBatch, newTokens: Int, pass: Pass) -> HiddenRows {
        let (model, hidden) = (activations.model, activations.model.configuration.hiddenSize)
        texts = zip(batch.offsets, batch.offsets.dropFirst()).map {
            KeyValueCache(model.configuration, capacity: Int($1 - $0) + newTokens)
        }
        rows = FloatStorage(count: batch.sequenceCount * hidden)
        for part in Self.parts(of: batch) {
            let shard = Shard(batch, sequences: part)
            activations.choose(ChosenTokens(lastOf: shard), of: shard)
            activations.forward(shard, cache: GrowingTexts(Array(texts[part]), isFresh: true), pass: pass)
            (rows.base + part.lowerBound * hidden).update(from: activations.buffers.result.output, count: part.count * hidden)
            for sequence in part { texts[sequence].grow(by: Int(batch.offsets[sequence + 1] - batch.offsets[sequence])) }
        }
        return HiddenRows(values: rows.base, gradient: nil, rows: Rows(count: batch.sequenceCount, first: 0))
    }

    /// What is computed at once of whole texts.
    private static func parts(of batch: PackedBatch) -> [Range<Int>] { batch.parts(atMost: 1 + batch.tokenCount / 1024) }

    /// Once such texts have grown by so many tokens, in bytes.
    static func memory(_ model: DecoderModel, _ batch: PackedBatch, newTokens: Int) -> Int {
        let lengths = zip(batch.offsets, batch.offsets.dropFirst()).map { Int($1 - $0) + newTokens }
        let caches = lengths.reduce(0) { $0 + KeyValueCache.memory(model.configuration, capacity: $1) }
        var (largest, room) = (Capacity(), Capacity())
        for part in parts(of: batch) {
            let tokens = Shard(batch, sequences: part).tokenCount
            largest = largest.union(Capacity(tokens: tokens, rows: part.count, longest: lengths[part].max() ?? 0))
            room = room.growing(to: largest)
        }
        let activations = model.plannedActivations(room).memory(
            training: model.plannedActivations(Capacity()), evaluation: model.plannedActivations(largest))
        return caches + activations + FloatStorage.memory(count: batch.sequenceCount * model.configuration.hiddenSize)
    }

    func step(_ tokens: [Int32], of sequences: [Int], pass: Pass) -> HiddenRows {
        precondition(tokens.count == sequences.count && !tokens.isEmpty)
        let batch = PackedBatch(sequences: tokens.map { [$0] })
        let shard = Shard(batch, sequences: 0..<tokens.count)
        let growing = sequences.map { texts[$0] }
        activations.choose(nil, of: shard)
        let rows = activations.forward(shard, cache: GrowingTexts(growing, isFresh: false), pass: pass)
        for text in growing { text.grow(by: 1) }
        return HiddenRows(values: activations.buffers.result.output, gradient: nil, rows: rows)
    }

    /// Of the prompts' last tokens.
    private var rows = FloatStorage(count: 0)
}

/// The keys, as they were turned, and the values of one text: each [layer][head][position][width].
final class KeyValueCache {
    private let heads: Int
    private let width: Int
    let capacity: Int
    private(set) var length = 0
    private let keys: FloatStorage
    private let values: FloatStorage

    init(_ configuration: DecoderConfiguration, capacity: Int) {
        heads = configuration.keyValueHeadCount
        width = configuration.headWidth
        self.capacity = capacity
        let count = Self.count(configuration, capacity)
        keys = FloatStorage(count: count)
        values = FloatStorage(count: count)
    }

    private static func count(_ configuration: DecoderConfiguration, _ capacity: Int) -> Int {
        configuration.layerCount * configuration.keyValueHeadCount * capacity * configuration.headWidth
    }

    /// Once it is full.
    static func memory(_ configuration: DecoderConfiguration, capacity: Int) -> Int {
        2 * FloatStorage.memory(count: count(configuration, capacity))
    }

    func grow(by count: Int) { length += count }

    func head(_ head: Int, layer: Int) -> (keys: Floats, values: Floats) {
        let place = (layer * heads + head) * capacity * width
        return (keys.base + place, values.base + place)
    }

    /// Takes the keys of one token, [heads * width], and its values behind them.
    func put(_ source: UnsafePointer<Float>, layer: Int, position: Int) {
        precondition(position < capacity, "a text that has grown beyond its room")
        for head in 0..<heads {
            let (keys, values) = self.head(head, layer: layer)
            (keys + position * width).update(from: source + head * width, count: width)
            (values + position * width).update(from: source + (heads + head) * width, count: width)
        }
    }
}

/// The texts that the sequences of a shard begin (`isFresh`), or go on.
struct GrowingTexts {
    private let texts: [KeyValueCache]
    let isFresh: Bool

    init(_ texts: [KeyValueCache], isFresh: Bool) {
        self.texts = texts
        self.isFresh = isFresh
    }

    /// Tokens of the longest in the end.
    var longest: Int { texts.map(\.capacity).max() ?? 0 }

    /// Where in its text a sequence begins, and how many tokens that may have in the end.
    func place(_ sequence: Int) -> (first: Int, length: Int) { (texts[sequence].length, texts[sequence].capacity) }

    /// Keeps the layer's keys and values of all tokens; they lie in rows of `width`.
    func keep(_ place: DecoderPlace, width: Int, keysAt offset: Int) {
        for sequence in 0..<place.shard.sequences.count {
            let (start, length) = place.shard.place(sequence)
            for token in 0..<length {
                let source = place.buffers.qkv + (start + token) * width + offset
                texts[sequence].put(source, layer: place.index, position: texts[sequence].length + token)
            }
        }
    }

    /// One group of heads against all that its text has so far.
    func attend(
        _ heads: DecoderHeads, query: UnsafePointer<Float>, into result: Floats, layer: Int,
        _ body: (CausalShape, CausalInput, Floats) -> Void
    ) {
        let text = texts[heads.sequence]
        let (keys, values) = text.head(heads.keyHead, layer: layer)
        var shape = heads.shape
        shape.keys = text.length + heads.shape.keys
        shape.keyStride = heads.shape.width
        shape.first = text.length
        body(shape, CausalInput(q: query, k: keys, v: values), result)
    }
}
