import Backbones
import Layers
import Tensors

/// Writes on from prompts, a token for each at a time. One thread's.
final class TextWriter {
    private let generation: any GenerationPass
    private let logits: OutputLogits
    /// Before each text.
    private let virtualTokens: Int

    /// nil for a model that writes no text.
    init?(_ backbone: any Backbone) {
        guard let generation = backbone.generation(), let logits = OutputLogits(backbone) else { return nil }
        (self.generation, self.logits) = (generation, logits)
        virtualTokens = backbone.virtualTokens?.count ?? 0
    }

    /// For such prompts and answers of so many tokens, in bytes; 0 for a model that writes no text.
    static func memory(on backbone: any Backbone, _ prompts: PackedBatch, limit: Int) -> Int {
        guard backbone.outputLayer != nil else { return 0 }
        let texts = prompts.preceded(by: backbone.virtualTokens?.count ?? 0)
        return backbone.generationMemory(texts, newTokens: limit)
            + OutputLogits.memory(on: backbone, rows: prompts.sequenceCount)
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
            let (values, vocabulary) = (logits(rows, pass), logits.vocabulary)
            var (tokens, still): ([Int32], [Int]) = ([], [])
            for (row, text) in active.enumerated() {
                let token = choice.token(UnsafeBufferPointer(start: values + row * vocabulary, count: vocabulary))
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
        let values = logits(generation.prefill(batch, newTokens: 1, pass: pass), pass)
        return Array(UnsafeBufferPointer(start: values, count: texts.count * logits.vocabulary))
    }
}
