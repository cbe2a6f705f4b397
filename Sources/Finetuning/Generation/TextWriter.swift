import Backbones
import Layers
import Tensors

/// Writes on from prompts, a token for each at a time. One thread's.
final class TextWriter {
    private let generation: any GenerationPass
    private let layer: LinearGroup
    /// What bounds the logits.
    private let cap: Float?
    private let precision: WeightPrecision
    /// Before each text.
    private let virtualTokens: Int
    private var memory = FloatStorage(count: 0)
    private var narrow = FloatStorage(count: 0)

    /// nil for a model that writes no text.
    init?(_ backbone: any Backbone) {
        guard let generation = backbone.generation(), let layer = backbone.outputLayer else { return nil }
        (self.generation, self.layer, precision) = (generation, layer, backbone.storage.precision)
        virtualTokens = backbone.virtualTokens?.count ?? 0
        cap = backbone.configuration.outputCap
    }

    private var vocabulary: Int { layer.linears[0].site.outputs }

    /// For such prompts and answers of so many tokens, in bytes; 0 for a model that writes no text.
    static func memory(on backbone: any Backbone, _ prompts: PackedBatch, limit: Int) -> Int {
        guard let layer = backbone.outputLayer else { return 0 }
        let (rows, vocabulary) = (prompts.sequenceCount, layer.linears[0].site.outputs)
        let narrow = narrowCount(rows: rows, layer, backbone.storage.precision)
        let texts = prompts.preceded(by: backbone.virtualTokens?.count ?? 0)
        return backbone.generationMemory(texts, newTokens: limit) + FloatStorage.memory(count: rows * vocabulary)
            + FloatStorage.memory(count: (narrow + 1) / 2)
    }

    private static func narrowCount(rows: Int, _ layer: LinearGroup, _ precision: WeightPrecision) -> Int {
        precision == .bf16 ? rows * (max(layer.linears[0].site.outputs, layer.inputs) + 2) : 2
    }

    /// What is written after each prompt, without the token that ended it.
    ///
    /// - Parameters:
    ///   - pass: without gradients; the backbone has packed for it.
    ///   - ends: tokens that end a text.
    ///   - choice: of the next token.
    ///   - took: gets each token with its prompt's number; false ends that text.
    func texts(
        after prompts: [[Int32]], _ pass: Pass, limit: Int, ends: Set<Int32>, choice: inout TokenChoice,
        took: (Int, Int32) -> Bool
    ) -> [[Int32]] {
        var texts = prompts.map { _ in [Int32]() }
        var active = Array(prompts.indices)
        let begun = PackedBatch(sequences: prompts).preceded(by: virtualTokens)
        var rows = generation.prefill(begun, newTokens: limit, pass: pass)
        for step in 1...max(1, limit) {
            let logits = logits(rows, pass)
            var (tokens, still): ([Int32], [Int]) = ([], [])
            for (row, text) in active.enumerated() {
                let token = choice.token(UnsafeBufferPointer(start: logits + row * vocabulary, count: vocabulary))
                guard !ends.contains(token) else { continue }
                texts[text].append(token)
                guard took(text, token) else { continue }
                tokens.append(token)
                still.append(text)
            }
            if still.isEmpty || step >= limit { break }
            rows = generation.step(tokens, of: still, pass: pass)
            active = still
        }
        return texts
    }

    /// Of the token that follows each text, row-major.
    ///
    /// - Parameter pass: without gradients; the backbone has packed for it.
    func logits(after texts: [[Int32]], _ pass: Pass) -> [Float] {
        let batch = PackedBatch(sequences: texts).preceded(by: virtualTokens)
        let logits = logits(generation.prefill(batch, newTokens: 1, pass: pass), pass)
        return Array(UnsafeBufferPointer(start: logits, count: texts.count * vocabulary))
    }

    /// [rows, vocabulary]
    private func logits(_ rows: HiddenRows, _ pass: Pass) -> Floats {
        let count = rows.rows.count
        if memory.count < count * vocabulary { memory = FloatStorage(count: count * vocabulary) }
        let numbers = Self.narrowCount(rows: count, layer, precision)
        if 2 * narrow.count < numbers { narrow = FloatStorage(count: (numbers + 1) / 2) }
        let place = UnsafeMutableRawPointer(narrow.base).bindMemory(to: BFloat16.self, capacity: 2 * narrow.count)
        let work = LinearWork(
            rows.values, rows: Rows(count: count, first: 0), kept: memory.base,
            scratch: Scratch(narrow: place, delta: memory.base), pass: pass)
        layer.forward(work, into: [memory.base], stride: vocabulary)
        pass.kernels.bound(Logits(memory.base, rows: count, classes: vocabulary, stride: vocabulary, cap: cap))
        return memory.base
    }
}
