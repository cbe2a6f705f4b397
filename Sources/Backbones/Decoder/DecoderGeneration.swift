import Layers
import Tensors

/// One thread's texts that grow token by token on a ``DecoderModel``.
final class DecoderGeneration: GenerationPass {
    private let activations: DecoderActivations
    private var texts: [KeyValueCache] = []
    /// Of each text all that it has.
    private var tokens: [[Int32]] = []

    private var configuration: DecoderConfiguration { activations.model.configuration }

    init(_ model: DecoderModel) { activations = DecoderActivations(model) }

    func prefill(_ batch: PackedBatch, newTokens: Int, pass: Pass) -> HiddenRows {
        tokens = zip(batch.offsets, batch.offsets.dropFirst()).map { Array(batch.tokens[Int($0)..<Int($1)]) }
        texts = tokens.map { KeyValueCache(configuration, capacity: $0.count + newTokens) }
        rows = FloatStorage(count: batch.sequenceCount * configuration.hiddenSize)
        for part in Self.parts(of: batch) {
            begin(Shard(batch, sequences: part), Array(texts[part]), rows: part, pass: pass)
        }
        return HiddenRows(values: rows.base, gradient: nil, rows: Rows(count: batch.sequenceCount, first: 0))
    }

    /// Runs whole texts, of which nothing is kept yet, and leaves their last tokens' rows in these of ``rows``.
    private func begin(_ shard: Shard, _ texts: [KeyValueCache], rows places: Range<Int>, pass: Pass) {
        let hidden = configuration.hiddenSize
        activations.choose(ChosenTokens(lastOf: shard, padding: nil), of: shard)
        activations.forward(shard, cache: GrowingTexts(texts, isFresh: true), pass: pass)
        (rows.base + places.lowerBound * hidden).update(
            from: activations.buffers.result.output, count: places.count * hidden)
        for (number, text) in texts.enumerated() { text.grow(by: shard.place(number).length) }
    }

    /// What is computed at once of whole texts.
    private static func parts(of batch: PackedBatch) -> [Range<Int>] { batch.parts(atMost: 1 + batch.tokenCount / 1024) }

    /// Once such texts have grown by so many tokens, in bytes.
    static func memory(_ model: DecoderModel, _ batch: PackedBatch, newTokens: Int) -> Int {
        let prompts = zip(batch.offsets, batch.offsets.dropFirst()).map { Int($1 - $0) }
        let lengths = prompts.map { $0 + newTokens }
        let caches = lengths.reduce(0) { $0 + KeyValueCache.memory(model.configuration, capacity: $1) }
        var (largest, room) = (Capacity(), Capacity())
        for part in parts(of: batch) {
            let tokens = Shard(batch, sequences: part).tokenCount
            largest = largest.union(Capacity(tokens: tokens, rows: part.count, longest: lengths[part].max() ?? 0))
            room = room.growing(to: largest)
        }
        for (prompt, length) in zip(prompts, lengths) {
            guard let border = (prompt..<length).first(where: model.configuration.beginsAnew) else { continue }
            largest = largest.union(Capacity(tokens: border + 1, rows: 1, longest: length))
            room = room.growing(to: largest)
        }
        let activations = model.plannedActivations(room).memory(
            training: model.plannedActivations(Capacity()), evaluation: model.plannedActivations(largest))
        return caches + activations + FloatStorage.memory(count: batch.sequenceCount * model.configuration.hiddenSize)
    }

    func step(_ tokens: [Int32], of sequences: [Int], pass: Pass) -> HiddenRows {
        precondition(tokens.count == sequences.count && !tokens.isEmpty)
        for (token, sequence) in zip(tokens, sequences) { self.tokens[sequence].append(token) }
        let begunAnew = sequences.indices.filter { configuration.beginsAnew(after: texts[sequences[$0]].length) }
        guard !begunAnew.isEmpty else {
            let rows = grow(sequences.map { texts[$0] }, by: tokens, pass: pass)
            return HiddenRows(values: activations.buffers.result.output, gradient: nil, rows: rows)
        }
        let (hidden, others) = (configuration.hiddenSize, sequences.indices.filter { !begunAnew.contains($0) })
        if !others.isEmpty {
            grow(others.map { texts[sequences[$0]] }, by: others.map { tokens[$0] }, pass: pass)
            for (row, place) in others.enumerated() {
                (rows.base + place * hidden).update(
                    from: activations.buffers.result.output + row * hidden, count: hidden)
            }
        }
        // One at a time: it is long.
        for place in begunAnew {
            let (text, batch) = (texts[sequences[place]], PackedBatch(sequences: [self.tokens[sequences[place]]]))
            text.empty()
            begin(Shard(batch, sequences: 0..<1), [text], rows: place..<place + 1, pass: pass)
        }
        return HiddenRows(values: rows.base, gradient: nil, rows: Rows(count: sequences.count, first: 0))
    }

    /// Runs one token more for each text, and leaves their rows in the activations.
    @discardableResult private func grow(_ growing: [KeyValueCache], by tokens: [Int32], pass: Pass) -> Rows {
        let shard = Shard(PackedBatch(sequences: tokens.map { [$0] }), sequences: 0..<tokens.count)
        activations.choose(nil, of: shard)
        let rows = activations.forward(shard, cache: GrowingTexts(growing, isFresh: false), pass: pass)
        for text in growing { text.grow(by: 1) }
        return rows
    }

    /// Of the texts' last tokens, where they do not lie in the activations.
    private var rows = FloatStorage(count: 0)
}

extension DecoderConfiguration {
    /// Whether one token more makes all of a text of so many turn otherwise.
    func beginsAnew(after length: Int) -> Bool { beginsLongTextsAnew && rotary.border == length }
}
