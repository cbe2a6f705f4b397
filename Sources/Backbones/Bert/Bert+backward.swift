import Tensors

extension Bert {
    /// From the gradient of the last layer's result, in `head.gradient`, down to the lowest adapter.
    func backward(
        _ shard: Shard, _ workspace: Workspace, head: HeadBuffers, moment: MomentaryBuffers, scratch: Scratch, pass: Pass
    ) {
        var gradient = head.gradient
        for index in layers.indices.reversed() where index >= firstTrainedLayer {
            let buffers = workspace.buffers(index, keeping: true, model: self)
            backward(
                layers[index], shard, buffers, last: index == layers.count - 1 ? head : nil, moment, scratch,
                gradient: gradient, lowest: firstTrainedDepth - 4 * index, pass: pass)
            gradient = moment.gradient
        }
    }

    /// One layer: its adapters' gradients, and its input's in `moment.gradient`.
    ///
    /// - Parameters:
    ///   - gradient: that of the layer's result, which is overwritten.
    ///   - lowest: the stage of this layer below which nothing is trained (0 attention's inputs, 1 its output, 2 and 3 the
    ///     dense layers); below 0 when the layer's input has a gradient too.
    private func backward(
        _ layer: BertLayer, _ shard: Shard, _ buffers: LayerBuffers, last: HeadBuffers?, _ moment: MomentaryBuffers,
        _ scratch: Scratch, gradient: Floats, lowest: Int, pass: Pass
    ) {
        let (hidden, inner) = (configuration.hiddenSize, configuration.intermediateSize)
        let rows = last == nil ? shard.tokenRows : shard.sequenceRows
        let kernels = pass.kernels
        kernels.layerNormBackward(layer.norms.output, buffers.sum2, dy: gradient, into: gradient, rows: rows.count)
        if layer.output.ranks > 0 {
            kernels.gelu(configuration.activation, buffers.inner, into: moment.active, count: rows.count * inner)
        }
        let active = moment.active
        layer.output.backward(
            active, dy: [gradient], stride: hidden, rows: rows, low: buffers.low[5], dx: lowest < 3 ? active : nil,
            accumulate: false, scratch: scratch, pass: pass)
        guard lowest < 3 else { return }
        kernels.geluBackward(configuration.activation, buffers.inner, dy: active, into: active, count: rows.count * inner)
        if layer.intermediate.ranks > 0 {
            kernels.layerNorm(layer.norms.attention, buffers.sum1, into: moment.normal, rows: rows.count)
        }
        layer.intermediate.backward(
            moment.normal, dy: [active], stride: inner, rows: rows, low: buffers.low[4], dx: lowest < 2 ? gradient : nil,
            accumulate: true, scratch: scratch, pass: pass)
        guard lowest < 2 else { return }
        kernels.layerNormBackward(layer.norms.attention, buffers.sum1, dy: gradient, into: gradient, rows: rows.count)
        layer.attentionOutput.backward(
            buffers.context, dy: [gradient], stride: hidden, rows: rows, low: buffers.low[3],
            dx: lowest < 1 ? moment.contextGradient : nil, accumulate: false, scratch: scratch, pass: pass)
        guard lowest < 1 else { return }
        let needsKey = lowest < 0 || layer.inputs.contains { $0.group.hasAdapter(.key) }
        attention(shard, buffers, last: last) { shape, q, k, v, out in
            kernels.attentionBackward(
                shape, q: q.row(buffers.qkv, last?.query), k: buffers.qkv + k, v: buffers.qkv + v,
                dout: moment.contextGradient + out, dq: q.row(moment.qkvGradient, last?.queryGradient),
                dk: needsKey ? moment.qkvGradient + k : nil, dv: moment.qkvGradient + v, scratch: moment.attention)
        }
        inputBackward(layer, shard, buffers, last: last, moment, scratch, gradient: gradient, lowest: lowest, pass: pass)
    }

    /// Query, key and value; the gradient of the residual is there already, at every token or at the first ones.
    private func inputBackward(
        _ layer: BertLayer, _ shard: Shard, _ buffers: LayerBuffers, last: HeadBuffers?, _ moment: MomentaryBuffers,
        _ scratch: Scratch, gradient: Floats, lowest: Int, pass: Pass
    ) {
        let hidden = configuration.hiddenSize
        let passes = lowest < 0
        // Without a last layer's own rows the residual's gradient is what everything adds to.
        var accumulate = last == nil
        for (number, input) in layer.inputs.enumerated() {
            let low = buffers.low[number]
            if let last, input.columns == [0] {
                input.group.backward(
                    last.first, dy: [last.queryGradient], stride: hidden, rows: shard.sequenceRows, low: low,
                    dx: passes ? gradient : nil, accumulate: true, scratch: scratch, pass: pass)
            } else {
                input.group.backward(
                    buffers.x, dy: input.columns.map { moment.qkvGradient + $0 * hidden }, stride: 3 * hidden,
                    rows: shard.tokenRows, low: low, dx: passes ? moment.gradient : nil, accumulate: accumulate,
                    scratch: scratch, pass: pass)
                accumulate = true
            }
        }
        guard passes, last != nil else { return }
        for sequence in 0..<shard.sequences.count {
            pass.kernels.addScaled(
                gradient + sequence * hidden, by: 1, to: moment.gradient + shard.place(sequence).start * hidden, count: hidden)
        }
    }
}

extension LinearGroup {
    func hasAdapter(_ role: LinearModule.Role) -> Bool {
        linears.contains { $0.module.role == role && $0.adapter != nil }
    }
}
