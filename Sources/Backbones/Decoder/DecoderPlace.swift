import Layers
import Tensors

/// One layer of one shard.
struct DecoderPlace {
    let index: Int
    let layer: DecoderLayer
    let buffers: DecoderLayerBuffers
    let shard: Shard
    /// The tokens whose results alone are wanted; nil: all.
    let chosen: ChosenTokens?
    /// Where the texts' earlier keys and values are, when each sequence of the shard is what one grows by.
    let cache: GrowingTexts?

    /// From attention on.
    var rows: Rows { chosen?.rows ?? shard.tokenRows }

    /// Where in its whole text a sequence of the shard begins, and how many tokens that has with it.
    func text(_ sequence: Int) -> (first: Int, length: Int) {
        let first = cache?.start(sequence) ?? 0
        return (first, first + shard.place(sequence).length)
    }
}

/// One group of heads of one sequence: its shape, and where its parts begin.
struct DecoderHeads {
    let shape: CausalShape
    /// In the matrix of queries, of query, key and value side by side, of attention's results, and of the softmax's sums.
    let query: Int
    let key: Int
    let value: Int
    let result: Int
    let sums: Int
    /// The first of the sequence's among the chosen tokens.
    let chosen: Int
    let sequence: Int
    let keyHead: Int
}

extension DecoderConfiguration {
    /// Calls the body for each group of heads of each sequence.
    func forEachGroup(_ place: DecoderPlace, _ body: (DecoderHeads) -> Void) {
        let queryStride = place.chosen == nil ? inputWidth : queryWidth
        for sequence in 0..<place.shard.sequences.count {
            let (start, length) = place.shard.place(sequence)
            let range = place.chosen?.ranges[sequence] ?? start..<start + length
            var shape = CausalShape(
                queries: range.count, keys: length, width: headWidth, heads: groupSize,
                strides: (query: queryStride, key: inputWidth, output: queryWidth))
            shape.window = place.layer.kind.window
            shape.scale = scoreScale
            shape.cap = scoreCap
            for head in 0..<keyValueHeadCount {
                let offset = head * groupSize * headWidth
                let key = start * inputWidth + queryWidth + head * headWidth
                body(
                    DecoderHeads(
                        shape: shape, query: range.lowerBound * queryStride + offset, key: key, value: key + keyWidth,
                        result: range.lowerBound * queryWidth + offset,
                        sums: range.lowerBound * headCount + head * groupSize * range.count, chosen: range.lowerBound,
                        sequence: sequence, keyHead: head))
            }
        }
    }
}
