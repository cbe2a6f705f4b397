import Checkpoints
import Layers
import Tensors

extension BertActivations {
    /// The last layer's result for the chosen tokens, or for all, left in the result's `output`.
    func forwardLayers(_ shard: Shard, _ chosen: ChosenTokens?, pass: Pass) {
        let count = model.layers.count
        var first = 0
        if let prefix = shard.prefix {
            first = model.prefixDepth
            let (hidden, buffers) = (model.configuration.hiddenSize, buffers(first, keeping: pass.isTraining))
            buffers.x.update(from: prefix + shard.firstToken * hidden, count: shard.tokenCount * hidden)
        } else {
            embed(shard, into: buffers(0, keeping: pass.isTraining), pass: pass)
        }
        for index in first..<count {
            let isLast = index == count - 1
            let result = isLast ? buffers.result.output : buffers(index + 1, keeping: pass.isTraining).x
            let place = LayerPlace(
                model.layers[index], buffers(index, keeping: pass.isTraining), shard, isLast ? chosen : nil)
            forward(place, into: result, pass: pass)
        }
    }

    /// What enters the layer at ``Bert/prefixDepth``, [tokens, hidden].
    func forwardPrefix(_ shard: Shard, pass: Pass) -> Floats {
        let buffers = buffers(0, keeping: false)
        embed(shard, into: buffers, pass: pass)
        for layer in model.layers.prefix(model.prefixDepth) {
            forward(LayerPlace(layer, buffers, shard, nil), into: buffers.x, pass: pass)
        }
        return buffers.x
    }

    private func embed(_ shard: Shard, into buffers: BertLayerBuffers, pass: Pass) {
        model.embeddings.look(up: shard, of: model.configuration, model.virtualTokens, into: buffers.x, pass: pass)
        pass.kernels.layerNorm(model.embeddings.norm, buffers.x, into: buffers.x, rows: shard.tokenCount)
    }

    /// One layer. Where tokens are chosen, the query and all that follows attention is of those alone.
    func forward(_ place: LayerPlace, into result: Floats, pass: Pass) {
        let c = model.configuration
        let (layer, shard, own, moment) = (place.layer, place.shard, place.buffers, buffers.moment)
        let (hidden, inner, rows, last) = (c.hiddenSize, c.intermediateSize, place.rows, buffers.result)
        if let chosen = place.chosen { gather(chosen, own.x, into: last.chosen) }
        for (number, input) in layer.inputs.enumerated() {
            if place.chosen != nil, input.columns == [0] {
                input.group.forward(
                    work(last.chosen, rows, kept: own.kept[number], pass), into: [last.query], stride: hidden)
            } else {
                input.group.forward(
                    work(own.x, shard.tokenRows, kept: own.kept[number], pass),
                    into: input.columns.map { own.qkv + $0 * hidden }, stride: 3 * hidden)
            }
        }
        attention(place) { shape, q, k, v, out in
            pass.kernels.attention(
                shape, q: (place.chosen == nil ? own.qkv : last.query) + q, k: own.qkv + k, v: own.qkv + v,
                into: own.context + out, scratch: moment.attention)
        }
        layer.attentionOutput.forward(
            work(own.context, rows, kept: own.keptLater.attentionOutput, pass), into: [own.sum1], stride: hidden)
        pass.kernels.layerNorm(
            layer.norms.attention, own.sum1, residual: place.chosen == nil ? own.x : last.chosen, into: moment.normal,
            rows: rows.count)
        layer.intermediate.forward(
            work(moment.normal, rows, kept: own.keptLater.intermediate, pass), into: [own.inner], stride: inner)
        pass.kernels.gelu(c.activation, own.inner, into: moment.active, count: rows.count * inner)
        layer.output.forward(work(moment.active, rows, kept: own.keptLater.output, pass), into: [own.sum2], stride: hidden)
        guard let insertion = layer.insertion else {
            return pass.kernels.layerNorm(layer.norms.output, own.sum2, residual: moment.normal, into: result, rows: rows.count)
        }
        pass.kernels.layerNorm(layer.norms.output, own.sum2, residual: moment.normal, into: own.read, rows: rows.count)
        own.sum3.update(from: own.sum2, count: rows.count * hidden)
        insertion.forward(work(own.read, rows, kept: own.read, pass), onto: own.sum3)
        pass.kernels.layerNorm(layer.norms.output, own.sum3, into: result, rows: rows.count)
    }

    private func gather(_ chosen: ChosenTokens, _ x: UnsafePointer<Float>, into rows: Floats) {
        let hidden = model.configuration.hiddenSize
        for (row, token) in chosen.tokens.enumerated() {
            (rows + row * hidden).update(from: x + token * hidden, count: hidden)
        }
    }

    /// Calls the body for each head of each sequence with its shape and the offsets of q, k, v and of the result. The queries lie in
    /// [tokens, 3 hidden], or in a matrix of their own where tokens are chosen.
    func attention(_ place: LayerPlace, _ body: (AttentionShape, _ q: Int, _ k: Int, _ v: Int, _ out: Int) -> Void) {
        let (hidden, width) = (model.configuration.hiddenSize, model.configuration.headWidth)
        for sequence in 0..<place.shard.sequences.count {
            let (start, length) = place.shard.place(sequence)
            let range = place.chosen?.ranges[sequence] ?? start..<start + length
            guard !range.isEmpty else { continue }
            let queryStride = place.chosen == nil ? 3 * hidden : hidden
            let shape = AttentionShape(
                queries: range.count, keys: length, width: width, queryStride: queryStride, keyStride: 3 * hidden,
                outputStride: hidden)
            for head in 0..<model.configuration.headCount {
                let offset = head * width
                let key = start * 3 * hidden + hidden + offset
                body(shape, range.lowerBound * queryStride + offset, key, key + hidden, range.lowerBound * hidden + offset)
            }
        }
    }
}

/// One layer of one shard.
struct LayerPlace {
    let layer: BertLayer
    let buffers: BertLayerBuffers
    let shard: Shard
    /// The tokens whose results alone are wanted; nil: all.
    let chosen: ChosenTokens?

    init(_ layer: BertLayer, _ buffers: BertLayerBuffers, _ shard: Shard, _ chosen: ChosenTokens?) {
        self.layer = layer
        self.buffers = buffers
        self.shard = shard
        self.chosen = chosen
    }

    /// From attention on.
    var rows: Rows { chosen?.rows ?? shard.tokenRows }
}
