import Layers
import Tensors

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
    func empty() { length = 0 }

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

    /// Where in its text a sequence begins.
    func start(_ sequence: Int) -> Int { texts[sequence].length }

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
