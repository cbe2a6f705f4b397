import Layers
import Tensors

extension DecoderActivations {
    /// From the gradient of the result, in the result's `gradient`, down to the lowest site that is tuned.
    func backwardLayers(_ shard: Shard, _ chosen: ChosenTokens?, pass: Pass) {
        let (last, count) = (buffers.result, model.layers.count)
        let gradient = chosen == nil ? buffers.moment.gradient : last.sumGradient
        let rows = (chosen?.rows ?? shard.tokenRows).count
        model.norm.addGradient(last.sum, dy: last.gradient, rows: rows, pass)
        pass.kernels.rmsNormBackward(model.norm, last.sum, dy: last.gradient, into: gradient, rows: rows)
        for index in model.layers.indices.reversed() where index >= model.firstTunedLayer {
            let place = place(index, shard, chosen, keeping: true)
            // What the last layer's forward left is there still.
            if model.recomputes, index < count - 1 { recompute(place, pass: pass) }
            backward(place, gradient: index == count - 1 ? gradient : buffers.moment.gradient, pass: pass)
        }
        if let virtual = model.virtualTokens { backwardVirtual(virtual, shard, pass: pass) }
        guard let place = model.embeddingsPlace, let sums = pass.baseGradients else { return }
        let c = model.configuration
        let (hidden, scale) = (c.hiddenSize, model.embeddingScale)
        for row in 0..<shard.tokenCount {
            let token = Int(shard.batch.tokens[shard.firstToken + row])
            if token == c.paddingToken { continue }
            pass.kernels.addScaled(
                buffers.moment.gradient + row * hidden, by: scale, to: sums + place + token * hidden, count: hidden)
        }
    }

    /// The gradients of the virtual tokens, from that of what enters the first layer.
    private func backwardVirtual(_ virtual: any VirtualTokens, _ shard: Shard, pass: Pass) {
        guard let sum = virtual.clearedGradients(pass) else { return }
        for sequence in 0..<shard.sequences.count {
            let start = buffers.moment.gradient + shard.place(sequence).start * virtual.width
            pass.kernels.addScaled(start, by: 1, to: sum, count: virtual.count * virtual.width)
        }
    }

    /// One layer: the gradients of what is tuned, and its input's in `moment.gradient`.
    ///
    /// - Parameter gradient: that of the layer's result, which is overwritten.
    private func backward(_ place: DecoderPlace, gradient: Floats, pass: Pass) {
        let (layer, own, moment, lowest) = (place.layer, place.buffers, buffers.moment, model.lowestOrder)
        if let insertion = layer.insertion, let gradients = pass.gradients {
            insertion.backward(gradient, work(own.read, place.rows, kept: own.read, pass), into: gradients, onto: gradient)
        }
        guard gatesBackward(place, gradient: gradient, pass: pass) else { return }
        layer.norms.inner.addGradient(own.middle, dy: moment.normalGradient, rows: place.rows.count, pass)
        pass.kernels.rmsNormBackward(
            layer.norms.inner, own.middle, dy: moment.normalGradient, into: gradient, rows: place.rows.count, accumulate: true)
        let attended = beforeNorm(layer.norms.attended, own.attended, gradient: gradient, place.rows, pass)
        layer.output.backward(
            work(own.context, place.rows, kept: own.kept.output, pass),
            dy: OutputGradients([attended], stride: model.configuration.hiddenSize),
            dx: lowest < layer.output.order ? moment.contextGradient : nil, accumulate: false)
        guard lowest < layer.output.order else { return }
        let needsKey = lowest < layer.order || layer.tunesKey
        attendBackward(place, needsKey: needsKey, pass: pass)
        turn(place, back: true, keys: needsKey, pass: pass)
        normHeadsBackward(place, needsKey: needsKey, pass: pass)
        inputBackward(place, gradient: gradient, pass: pass)
    }

    /// From the gradient of what a branch of the layer adds to that of what enters its norm, for a moment; the same where it has none.
    private func beforeNorm(
        _ norm: RMSNorm?, _ plain: UnsafePointer<Float>, gradient: Floats, _ rows: Rows, _ pass: Pass
    ) -> Floats {
        guard let norm else { return gradient }
        norm.addGradient(plain, dy: gradient, rows: rows.count, pass)
        pass.kernels.rmsNormBackward(norm, plain, dy: gradient, into: buffers.moment.normalGradient, rows: rows.count)
        return buffers.moment.normalGradient
    }

    /// The gated layers, with the gradient of what enters them in `moment.normalGradient`.
    ///
    /// - Returns: whether anything below them is tuned.
    private func gatesBackward(_ place: DecoderPlace, gradient: Floats, pass: Pass) -> Bool {
        let (c, layer, own, moment, lowest) = (
            model.configuration, place.layer, place.buffers, buffers.moment, model.lowestOrder
        )
        let (inner, rows, kernels) = (c.intermediateSize, place.rows, pass.kernels)
        let active = moment.active(rows: rows.count, width: inner)
        if layer.down.readsInput { activate(place, into: active, pass: pass) }
        let gated = beforeNorm(layer.norms.gated, own.gated, gradient: gradient, rows, pass)
        layer.down.backward(
            work(active, rows, kept: own.kept.down, pass), dy: OutputGradients([gated], stride: c.hiddenSize),
            dx: lowest < layer.down.order ? active : nil, accumulate: false)
        guard lowest < layer.down.order else { return false }
        for row in 0..<rows.count {
            let (gate, gradient) = (UnsafePointer(own.gates) + row * 2 * inner, moment.gatesGradient + row * 2 * inner)
            kernels.gatedBackward(
                c.activation, (gate: gate, up: gate + inner), dy: active + row * inner, into: (gradient, gradient + inner),
                count: inner)
        }
        if layer.gates.contains(where: \.group.readsInput) {
            kernels.rmsNorm(layer.norms.inner, own.middle, into: moment.normal, rows: rows.count)
        }
        let passes = lowest < layer.gatesOrder
        for (number, input) in layer.gates.enumerated() {
            let starts = input.roles.map { moment.gatesGradient + c.offset(of: $0) }
            input.group.backward(
                work(moment.normal, rows, kept: own.kept.gates[number], pass), dy: OutputGradients(starts, stride: 2 * inner),
                dx: passes ? moment.normalGradient : nil, accumulate: number > 0)
        }
        return passes
    }

    private func attendBackward(_ place: DecoderPlace, needsKey: Bool, pass: Pass) {
        let (c, own, moment, last) = (model.configuration, place.buffers, buffers.moment, buffers.result)
        let (query, queryGradient) =
            place.chosen == nil ? (own.qkv, moment.qkvGradient) : (last.query, last.queryGradient)
        withPositions(place) { positions in
            c.forEachGroup(place) { heads in
                pass.kernels.causalAttentionBackward(
                    heads.shape,
                    CausalInput(
                        q: query + heads.query, k: own.qkv + heads.key, v: own.qkv + heads.value,
                        positions: positions.map { $0 + heads.chosen }),
                    result: (out: UnsafePointer(own.context + heads.result), sums: UnsafePointer(own.sums + heads.sums)),
                    CausalGradient(
                        dout: moment.contextGradient + heads.result, dq: queryGradient + heads.query,
                        dk: needsKey ? moment.qkvGradient + heads.key : nil, dv: moment.qkvGradient + heads.value),
                    scratch: moment.attention)
            }
        }
    }

    private func normHeadsBackward(_ place: DecoderPlace, needsKey: Bool, pass: Pass) {
        guard let query = place.layer.norms.query, let key = place.layer.norms.key else { return }
        let (c, own, last, kernels) = (model.configuration, place.buffers, buffers.result, pass.kernels)
        let plainWidth = c.queryWidth + c.keyWidth
        for token in 0..<place.shard.tokenCount {
            let (plain, gradient) = (own.plain + token * plainWidth, buffers.moment.qkvGradient + token * c.inputWidth)
            if place.chosen == nil {
                query.addGradient(plain, dy: gradient, rows: c.headCount, pass)
                kernels.rmsNormBackward(query, plain, dy: gradient, into: gradient, rows: c.headCount)
            }
            guard needsKey else { continue }
            key.addGradient(plain + c.queryWidth, dy: gradient + c.queryWidth, rows: c.keyValueHeadCount, pass)
            kernels.rmsNormBackward(
                key, plain + c.queryWidth, dy: gradient + c.queryWidth, into: gradient + c.queryWidth,
                rows: c.keyValueHeadCount)
        }
        guard place.chosen != nil else { return }
        query.addGradient(last.plainQuery, dy: last.queryGradient, rows: place.rows.count * c.headCount, pass)
        kernels.rmsNormBackward(
            query, last.plainQuery, dy: last.queryGradient, into: last.queryGradient, rows: place.rows.count * c.headCount)
    }

    /// Query, key and value, and the gradient of what enters the layer.
    private func inputBackward(_ place: DecoderPlace, gradient: Floats, pass: Pass) {
        let (c, layer, own, moment, last) = (
            model.configuration, place.layer, place.buffers, buffers.moment, buffers.result
        )
        let (hidden, tokens, passes) = (c.hiddenSize, place.shard.tokenRows, model.lowestOrder < layer.order)
        if layer.inputs.contains(where: \.group.readsInput) {
            pass.kernels.rmsNorm(layer.norms.input, own.x, into: moment.normal, rows: tokens.count)
        }
        var accumulate = false
        for (number, input) in layer.inputs.enumerated() {
            let kept = own.kept.inputs[number]
            if place.chosen != nil, input.isQuery {
                input.group.backward(
                    work(last.normal, place.rows, kept: kept, pass),
                    dy: OutputGradients([last.queryGradient], stride: c.queryWidth), dx: passes ? last.normalGradient : nil,
                    accumulate: false)
            } else {
                if let chosen = place.chosen, input.hasQuery { spreadQueries(chosen, tokens.count) }
                let dy = OutputGradients(input.roles.map { moment.qkvGradient + c.offset(of: $0) }, stride: c.inputWidth)
                input.group.backward(
                    work(moment.normal, tokens, kept: kept, pass), dy: dy, dx: passes ? moment.normalGradient : nil,
                    accumulate: accumulate)
                accumulate = true
            }
        }
        guard passes else { return }
        if let chosen = place.chosen {
            moment.gradient.update(repeating: 0, count: tokens.count * hidden)
            scatter(chosen, gradient, onto: moment.gradient, pass)
            if layer.hasQueryApart { scatter(chosen, last.normalGradient, onto: moment.normalGradient, pass) }
        }
        layer.norms.input.addGradient(own.x, dy: moment.normalGradient, rows: tokens.count, pass)
        pass.kernels.rmsNormBackward(
            layer.norms.input, own.x, dy: moment.normalGradient, into: moment.gradient, rows: tokens.count, accumulate: true)
    }

    /// The gradients of the chosen tokens' queries, to where those of all tokens' queries, keys and values lie; the others' are 0.
    private func spreadQueries(_ chosen: ChosenTokens, _ tokens: Int) {
        let (c, all) = (model.configuration, buffers.moment.qkvGradient)
        for token in 0..<tokens { (all + token * c.inputWidth).update(repeating: 0, count: c.queryWidth) }
        for (row, token) in chosen.tokens.enumerated() {
            (all + token * c.inputWidth).update(
                from: buffers.result.queryGradient + row * c.queryWidth, count: c.queryWidth)
        }
    }

    private func scatter(_ chosen: ChosenTokens, _ rows: Floats, onto x: Floats, _ pass: Pass) {
        let hidden = model.configuration.hiddenSize
        for (row, token) in chosen.tokens.enumerated() {
            pass.kernels.addScaled(rows + row * hidden, by: 1, to: x + token * hidden, count: hidden)
        }
    }
}
