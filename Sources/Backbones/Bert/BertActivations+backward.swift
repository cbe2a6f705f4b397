import Layers
import Tensors

extension BertActivations {
    /// From the gradient of the last layer's result, in the result's `gradient`, down to the lowest site that is tuned.
    func backwardLayers(_ shard: Shard, _ chosen: ChosenTokens?, pass: Pass) {
        var gradient = buffers.result.gradient
        for index in model.layers.indices.reversed() where index >= model.firstTunedLayer {
            let isLast = index == model.layers.count - 1
            let place = LayerPlace(model.layers[index], buffers(index, keeping: true), shard, isLast ? chosen : nil)
            // What the last layer's forward left is there still. The result is the next layer's input again, which nobody reads any more.
            if model.recomputes, !isLast { forward(place, into: buffers(index + 1, keeping: true).x, pass: pass) }
            backward(place, gradient: gradient, pass: pass)
            gradient = buffers.moment.gradient
        }
        guard model.lowestOrder < 0 else { return }
        let plain = buffers.moment.normal
        if let virtual = model.virtualTokens {
            model.embeddings.addGradients(gradient, of: virtual, in: shard, model.configuration, plain, pass: pass)
        }
        model.embeddings.addGradients(gradient, of: shard, model.configuration, plain, pass: pass)
    }

    /// One layer: the gradients of what is tuned, and its input's in `moment.gradient`.
    ///
    /// - Parameter gradient: that of the layer's result, which is overwritten.
    private func backward(_ place: LayerPlace, gradient: Floats, pass: Pass) {
        let c = model.configuration
        let (layer, own, moment, lowest) = (place.layer, place.buffers, buffers.moment, model.lowestOrder)
        let (hidden, inner, rows, kernels) = (c.hiddenSize, c.intermediateSize, place.rows, pass.kernels)
        if let insertion = layer.insertion, let gradients = pass.gradients {
            let read = moment.contextGradient
            kernels.layerNormBackward(layer.norms.output, own.sum3, dy: gradient, into: gradient, rows: rows.count)
            read.update(repeating: 0, count: rows.count * hidden)
            insertion.backward(gradient, work(own.read, rows, kept: own.read, pass), into: gradients, onto: read)
            kernels.layerNormBackward(layer.norms.output, own.sum2, dy: read, into: read, rows: rows.count)
            kernels.addScaled(read, by: 1, to: gradient, count: rows.count * hidden)
        } else {
            layer.norms.output.addGradients(own.sum2, dy: gradient, rows: rows.count, pass)
            kernels.layerNormBackward(layer.norms.output, own.sum2, dy: gradient, into: gradient, rows: rows.count)
        }
        if layer.output.readsInput {
            kernels.gelu(c.activation, own.inner, into: moment.active, count: rows.count * inner)
        }
        let active = moment.active
        layer.output.backward(
            work(active, rows, kept: own.keptLater.output, pass), dy: OutputGradients([gradient], stride: hidden),
            dx: lowest < layer.output.order ? active : nil, accumulate: false)
        guard lowest < layer.output.order else { return }
        kernels.geluBackward(c.activation, own.inner, dy: active, into: active, count: rows.count * inner)
        if layer.intermediate.readsInput {
            kernels.layerNorm(layer.norms.attention, own.sum1, into: moment.normal, rows: rows.count)
        }
        layer.intermediate.backward(
            work(moment.normal, rows, kept: own.keptLater.intermediate, pass), dy: OutputGradients([active], stride: inner),
            dx: lowest < layer.intermediate.order ? gradient : nil, accumulate: true)
        guard lowest < layer.intermediate.order else { return }
        layer.norms.attention.addGradients(own.sum1, dy: gradient, rows: rows.count, pass)
        kernels.layerNormBackward(layer.norms.attention, own.sum1, dy: gradient, into: gradient, rows: rows.count)
        layer.attentionOutput.backward(
            work(own.context, rows, kept: own.keptLater.attentionOutput, pass),
            dy: OutputGradients([gradient], stride: hidden),
            dx: lowest < layer.attentionOutput.order ? moment.contextGradient : nil, accumulate: false)
        guard lowest < layer.attentionOutput.order else { return }
        attentionBackward(place, pass: pass)
        inputBackward(place, gradient: gradient, pass: pass)
    }

    private func attentionBackward(_ place: LayerPlace, pass: Pass) {
        let (own, moment, last) = (place.buffers, buffers.moment, buffers.result)
        let needsKey = model.lowestOrder < place.layer.order || place.layer.tunesKey
        clearUnread(place)
        attention(place) { shape, q, k, v, out in
            pass.kernels.attentionBackward(
                shape, q: (place.chosen == nil ? own.qkv : last.query) + q, k: own.qkv + k, v: own.qkv + v,
                dout: moment.contextGradient + out,
                dq: (place.chosen == nil ? moment.qkvGradient : last.queryGradient) + q,
                dk: needsKey ? moment.qkvGradient + k : nil, dv: moment.qkvGradient + v, scratch: moment.attention)
        }
    }

    /// Keys and values of a sequence of which nothing is chosen have no gradient.
    private func clearUnread(_ place: LayerPlace) {
        guard let chosen = place.chosen else { return }
        let width = 3 * model.configuration.hiddenSize
        for (sequence, range) in chosen.ranges.enumerated() where range.isEmpty {
            let (start, length) = place.shard.place(sequence)
            (buffers.moment.qkvGradient + start * width).update(repeating: 0, count: length * width)
        }
    }

    /// Query, key and value; the gradient of the residual is there already, at every token or at the chosen ones.
    private func inputBackward(_ place: LayerPlace, gradient: Floats, pass: Pass) {
        let hidden = model.configuration.hiddenSize
        let (own, moment, last, shard) = (place.buffers, buffers.moment, buffers.result, place.shard)
        let passes = model.lowestOrder < place.layer.order
        // Where all tokens are computed the residual's gradient is what everything adds to.
        var accumulate = place.chosen == nil
        if accumulate, gradient != moment.gradient, passes {
            moment.gradient.update(from: gradient, count: shard.tokenCount * hidden)
        }
        for (number, input) in place.layer.inputs.enumerated() {
            if place.chosen != nil, input.columns == [0] {
                input.group.backward(
                    work(last.chosen, place.rows, kept: own.kept[number], pass),
                    dy: OutputGradients([last.queryGradient], stride: hidden), dx: passes ? gradient : nil, accumulate: true)
            } else {
                let dy = OutputGradients(input.columns.map { moment.qkvGradient + $0 * hidden }, stride: 3 * hidden)
                input.group.backward(
                    work(own.x, shard.tokenRows, kept: own.kept[number], pass), dy: dy, dx: passes ? moment.gradient : nil,
                    accumulate: accumulate)
                accumulate = true
            }
        }
        guard passes, let chosen = place.chosen else { return }
        for (row, token) in chosen.tokens.enumerated() {
            pass.kernels.addScaled(gradient + row * hidden, by: 1, to: moment.gradient + token * hidden, count: hidden)
        }
    }
}
