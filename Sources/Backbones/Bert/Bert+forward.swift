import Checkpoints
package import Layers
import Tensors

/// A run of a batch's sequences, which one thread computes.
package struct Shard {
    let batch: PackedBatch
    let sequences: Range<Int>
    /// What enters the layer at ``Bert/prefixDepth`` for the whole batch, [tokens, hidden]; nil: it is computed.
    let prefix: UnsafePointer<Float>?

    package init(_ batch: PackedBatch, sequences: Range<Int>, prefix: UnsafePointer<Float>? = nil) {
        self.batch = batch
        self.sequences = sequences
        self.prefix = prefix
    }

    var firstToken: Int { Int(batch.offsets[sequences.lowerBound]) }
    var tokenCount: Int { Int(batch.offsets[sequences.upperBound]) - firstToken }
    var tokenRows: Rows { Rows(count: tokenCount, first: firstToken) }
    var sequenceRows: Rows { Rows(count: sequences.count, first: sequences.lowerBound) }

    /// Where in the shard a sequence begins, and its length.
    func place(_ sequence: Int) -> (start: Int, length: Int) {
        let start = Int(batch.offsets[sequences.lowerBound + sequence])
        return (start - firstToken, Int(batch.offsets[sequences.lowerBound + sequence + 1]) - start)
    }

    var capacity: Capacity {
        Capacity(
            tokens: tokenCount, sequences: sequences.count,
            longest: (0..<sequences.count).map { place($0).length }.max() ?? 0)
    }
}

extension Bert {
    /// The last layer's result for each sequence's first token, [sequences, hidden], left in `head.output`.
    func encode(
        _ shard: Shard, _ workspace: Workspace, head: HeadBuffers, moment: MomentaryBuffers, scratch: Scratch, pass: Pass
    ) {
        var first = 0
        if let prefix = shard.prefix {
            first = prefixDepth
            let (hidden, buffers) = (configuration.hiddenSize, workspace.buffers(first, keeping: pass.isTraining, model: self))
            buffers.x.update(from: prefix + shard.firstToken * hidden, count: shard.tokenCount * hidden)
        } else {
            embed(shard, into: workspace.buffers(0, keeping: pass.isTraining, model: self), pass: pass)
        }
        for index in first..<layers.count {
            let buffers = workspace.buffers(index, keeping: pass.isTraining, model: self)
            let isLast = index == layers.count - 1
            let result = isLast ? head.output : workspace.buffers(index + 1, keeping: pass.isTraining, model: self).x
            forward(layers[index], shard, buffers, last: isLast ? head : nil, moment, scratch, into: result, pass: pass)
        }
    }

    /// What enters the layer at ``prefixDepth``, [tokens, hidden], valid until the workspace is used again.
    func encodePrefix(
        _ shard: Shard, _ workspace: Workspace, moment: MomentaryBuffers, scratch: Scratch, pass: Pass
    ) -> Floats {
        let buffers = workspace.buffers(0, keeping: false, model: self)
        embed(shard, into: buffers, pass: pass)
        for layer in layers.prefix(prefixDepth) {
            forward(layer, shard, buffers, last: nil, moment, scratch, into: buffers.x, pass: pass)
        }
        return buffers.x
    }

    private func embed(_ shard: Shard, into buffers: LayerBuffers, pass: Pass) {
        let hidden = configuration.hiddenSize
        guard let words = embeddings.words.values.baseAddress, let positions = embeddings.positions.values.baseAddress else {
            return
        }
        for sequence in 0..<shard.sequences.count {
            let (start, length) = shard.place(sequence)
            for position in 0..<length {
                let token = Int(shard.batch.tokens[shard.firstToken + start + position])
                pass.kernels.add(
                    words + token * hidden, positions + position * hidden, embeddings.type.base,
                    into: buffers.x + (start + position) * hidden, count: hidden)
            }
        }
        pass.kernels.layerNorm(embeddings.norm, buffers.x, into: buffers.x, rows: shard.tokenCount)
    }

    /// One layer. In the last one the query, and all that follows attention, is of the first tokens alone.
    private func forward(
        _ layer: BertLayer, _ shard: Shard, _ buffers: LayerBuffers, last: HeadBuffers?, _ moment: MomentaryBuffers,
        _ scratch: Scratch, into result: Floats, pass: Pass
    ) {
        let hidden = configuration.hiddenSize
        let rows = last == nil ? shard.tokenRows : shard.sequenceRows
        if let last { gatherFirst(shard, buffers.x, into: last.first) }
        for (number, input) in layer.inputs.enumerated() {
            let low = buffers.low[number]
            if let last, input.columns == [0] {
                input.group.forward(
                    last.first, rows: rows, into: [last.query], stride: hidden, low: low, scratch: scratch, pass: pass)
            } else {
                input.group.forward(
                    buffers.x, rows: shard.tokenRows, into: input.columns.map { buffers.qkv + $0 * hidden },
                    stride: 3 * hidden, low: low, scratch: scratch, pass: pass)
            }
        }
        attention(shard, buffers, last: last) { shape, q, k, v, out in
            pass.kernels.attention(
                shape, q: q.row(buffers.qkv, last?.query), k: buffers.qkv + k, v: buffers.qkv + v,
                into: buffers.context + out, scratch: moment.attention)
        }
        layer.attentionOutput.forward(
            buffers.context, rows: rows, into: [buffers.sum1], stride: hidden, low: buffers.low[3], scratch: scratch,
            pass: pass)
        pass.kernels.layerNorm(
            layer.norms.attention, buffers.sum1, residual: last?.first ?? buffers.x, into: moment.normal, rows: rows.count)
        let inner = configuration.intermediateSize
        layer.intermediate.forward(
            moment.normal, rows: rows, into: [buffers.inner], stride: inner, low: buffers.low[4], scratch: scratch, pass: pass)
        pass.kernels.gelu(configuration.activation, buffers.inner, into: moment.active, count: rows.count * inner)
        layer.output.forward(
            moment.active, rows: rows, into: [buffers.sum2], stride: hidden, low: buffers.low[5], scratch: scratch, pass: pass)
        pass.kernels.layerNorm(
            layer.norms.output, buffers.sum2, residual: moment.normal, into: result, rows: rows.count)
    }

    func gatherFirst(_ shard: Shard, _ x: UnsafePointer<Float>, into first: Floats) {
        let hidden = configuration.hiddenSize
        for sequence in 0..<shard.sequences.count {
            (first + sequence * hidden).update(from: x + shard.place(sequence).start * hidden, count: hidden)
        }
    }

    /// Where one head of one sequence reads its queries: in [tokens, 3 hidden], or in the last layer's own matrix.
    struct QueryPlace {
        let offset: Int

        func row(_ packed: Floats, _ alone: Floats?) -> Floats { (alone ?? packed) + offset }
    }

    /// Calls the body for each head of each sequence with its shape and the offsets of q, k, v and of the result.
    func attention(
        _ shard: Shard, _ buffers: LayerBuffers, last: HeadBuffers?,
        _ body: (AttentionShape, QueryPlace, _ k: Int, _ v: Int, _ out: Int) -> Void
    ) {
        let (hidden, width) = (configuration.hiddenSize, configuration.headWidth)
        for sequence in 0..<shard.sequences.count {
            let (start, length) = shard.place(sequence)
            let shape = AttentionShape(
                queries: last == nil ? length : 1, keys: length, width: width,
                queryStride: last == nil ? 3 * hidden : hidden, keyStride: 3 * hidden, outputStride: hidden)
            let queryRow = last == nil ? start * 3 * hidden : sequence * hidden
            let outputRow = (last == nil ? start : sequence) * hidden
            for head in 0..<configuration.headCount {
                let offset = head * width
                let key = start * 3 * hidden + hidden + offset
                body(shape, QueryPlace(offset: queryRow + offset), key, key + hidden, outputRow + offset)
            }
        }
    }
}
