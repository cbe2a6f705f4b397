import Layers
import Tensors

/// One thread's texts that grow token by token on a ``DecoderModel``.
final class DecoderGeneration: GenerationPass {
    private let activations: DecoderActivations
    private var texts: [KeyValueCache?] = []
    /// Of each text all that it has.
    private var tokens: [[Int32]] = []
    /// Of each text the number of its adapter, where there are several.
    private var adapters: [Int32] = []

    private var configuration: DecoderConfiguration { activations.model.configuration }

    init(_ model: DecoderModel) { activations = DecoderActivations(model) }

    func prefill(_ batch: PackedBatch, newTokens: Int, pass: Pass) -> HiddenRows {
        (texts, tokens, adapters) = ([], [], [])
        return join(batch, newTokens: [Int](repeating: newTokens, count: batch.sequenceCount), pass: pass).rows
    }

    func join(_ batch: PackedBatch, newTokens: [Int], pass: Pass) -> (texts: [Int], rows: HiddenRows) {
        let begun = (0..<batch.sequenceCount).map { Array(batch.tokens[Int(batch.offsets[$0])..<Int(batch.offsets[$0 + 1])]) }
        let caches = zip(begun, newTokens).map { KeyValueCache(configuration, capacity: $0.count + $1) }
        rows = FloatStorage(count: batch.sequenceCount * configuration.hiddenSize)
        for part in Self.parts(of: batch) {
            begin(Shard(batch, sequences: part), Array(caches[part]), rows: part, pass: pass)
        }
        var numbers: [Int] = []
        for (sequence, cache) in caches.enumerated() {
            let number = texts.firstIndex { $0 == nil } ?? texts.count
            if number == texts.count {
                texts.append(nil)
                tokens.append([])
                adapters.append(0)
            }
            (texts[number], tokens[number]) = (cache, begun[sequence])
            adapters[number] = batch.adapters.isEmpty ? 0 : batch.adapters[sequence]
            numbers.append(number)
        }
        return (numbers, HiddenRows(values: rows.base, gradient: nil, rows: Rows(count: batch.sequenceCount, first: 0)))
    }

    func leave(_ text: Int) { (texts[text], tokens[text]) = (nil, []) }

    private func cache(_ text: Int) -> KeyValueCache {
        guard let cache = texts[text] else { preconditionFailure("a text that has left") }
        return cache
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
        // Where others left, the rows of the last beginning may be fewer.
        if rows.count < sequences.count * configuration.hiddenSize {
            rows = FloatStorage(count: sequences.count * configuration.hiddenSize)
        }
        let begunAnew = sequences.indices.filter { configuration.beginsAnew(after: cache(sequences[$0]).length) }
        guard !begunAnew.isEmpty else {
            let rows = grow(sequences, by: tokens, pass: pass)
            return HiddenRows(values: activations.buffers.result.output, gradient: nil, rows: rows)
        }
        let (hidden, others) = (configuration.hiddenSize, sequences.indices.filter { !begunAnew.contains($0) })
        if !others.isEmpty {
            grow(others.map { sequences[$0] }, by: others.map { tokens[$0] }, pass: pass)
            for (row, place) in others.enumerated() {
                (rows.base + place * hidden).update(
                    from: activations.buffers.result.output + row * hidden, count: hidden)
            }
        }
        // One at a time: it is long.
        for place in begunAnew {
            let text = cache(sequences[place])
            var batch = PackedBatch(sequences: [self.tokens[sequences[place]]])
            batch.adapters = [adapters[sequences[place]]]
            text.empty()
            begin(Shard(batch, sequences: 0..<1), [text], rows: place..<place + 1, pass: pass)
        }
        return HiddenRows(values: rows.base, gradient: nil, rows: Rows(count: sequences.count, first: 0))
    }

    /// Runs one token more for each text, and leaves their rows in the activations.
    @discardableResult private func grow(_ numbers: [Int], by tokens: [Int32], pass: Pass) -> Rows {
        var batch = PackedBatch(sequences: tokens.map { [$0] })
        batch.adapters = numbers.map { adapters[$0] }
        let (growing, shard) = (numbers.map(cache), Shard(batch, sequences: 0..<tokens.count))
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
