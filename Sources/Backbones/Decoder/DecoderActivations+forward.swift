import Checkpoints
import Layers
import Tensors

extension DecoderActivations {
    func forwardLayers(_ shard: Shard, _ chosen: ChosenTokens?, cache: GrowingTexts?, pass: Pass) {
        let (count, hidden, keeping) = (model.layers.count, model.configuration.hiddenSize, pass.isTraining)
        var first = 0
        if let prefix = shard.prefix {
            first = model.prefixDepth
            let x = buffers(first, keeping: keeping).x
            x.update(from: prefix + shard.firstToken * hidden, count: shard.tokenCount * hidden)
        } else {
            embed(shard, into: buffers(0, keeping: keeping).x, pass: pass)
        }
        // What a layer leaves still lacks what went around its gated layers: the next norm adds it.
        var residual: Floats?
        for index in first..<count {
            let place = place(index, shard, chosen, cache: cache, keeping: keeping)
            let result = index == count - 1 ? buffers.result.sum : buffers(index + 1, keeping: keeping).x
            forward(place, residual: residual, into: result, pass: pass)
            residual = place.layer.insertion == nil ? place.buffers.middle : nil
        }
        let rows = chosen?.rows ?? shard.tokenRows
        pass.kernels.rmsNorm(
            model.norm, buffers.result.sum, residual: residual, into: buffers.result.output, rows: rows.count)
    }

    /// What enters the layer at ``DecoderModel/prefixDepth``, [tokens, hidden].
    func forwardPrefix(_ shard: Shard, pass: Pass) -> Floats {
        let own = buffers(0, keeping: false)
        embed(shard, into: own.x, pass: pass)
        var residual: Floats?
        for index in 0..<model.prefixDepth {
            forward(place(index, shard, nil, keeping: false), residual: residual, into: own.x, pass: pass)
            residual = model.layers[index].insertion == nil ? own.middle : nil
        }
        if let residual {
            pass.kernels.addScaled(residual, by: 1, to: own.x, count: shard.tokenCount * model.configuration.hiddenSize)
        }
        return own.x
    }

    private func embed(_ shard: Shard, into x: Floats, pass: Pass) {
        let (hidden, scale) = (model.configuration.hiddenSize, model.embeddingScale)
        for row in 0..<shard.tokenCount {
            let (token, x) = (shard.batch.tokens[shard.firstToken + row], x + row * hidden)
            if token < 0, let virtual = model.virtualTokens {
                x.update(from: virtual.row(of: token), count: hidden)
                continue
            }
            if let place = model.embeddingsPlace {
                x.update(from: pass.parameters + place + Int(token) * hidden, count: hidden)
            } else {
                model.embeddings.read(Int(token)..<Int(token) + 1, into: x, kernels: model.storage.kernels)
            }
            guard scale != 1 else { continue }
            for i in 0..<hidden { x[i] *= scale }
        }
    }

    /// One layer. Where tokens are chosen, the query and all that follows attention is of those alone.
    ///
    /// - Parameters:
    ///   - residual: what is still to be added to the layer's input.
    ///   - result: what the gated layers give; what went around them is in the layer's `middle`.
    private func forward(_ place: DecoderPlace, residual: Floats?, into result: Floats, pass: Pass) {
        forwardToGates(place, residual: residual, pass: pass)
        let (layer, own, rows) = (place.layer, place.buffers, place.rows)
        normed(layer.norms.gated, own.gated, into: result, rows, pass) { result in
            layer.down.forward(downWork(place, pass), into: [result], stride: model.configuration.hiddenSize)
        }
        guard let insertion = layer.insertion else { return }
        let count = rows.count * model.configuration.hiddenSize
        pass.kernels.addScaled(own.middle, by: 1, to: result, count: count)
        own.read.update(from: result, count: count)
        insertion.forward(work(own.read, rows, kept: own.read, pass), onto: result)
    }

    /// All that a layer's forward leaves for its backward once more, from what entered it: bit for bit the same.
    func recompute(_ place: DecoderPlace, pass: Pass) {
        forwardToGates(place, residual: nil, pass: pass)
        if place.layer.insertion != nil {
            let (own, rows) = (place.buffers, place.rows)
            normed(place.layer.norms.gated, own.gated, into: own.read, rows, pass) { result in
                place.layer.down.forward(downWork(place, pass), into: [result], stride: model.configuration.hiddenSize)
            }
            pass.kernels.addScaled(own.middle, by: 1, to: own.read, count: rows.count * model.configuration.hiddenSize)
            return
        }
        let (down, isNormed) = (place.layer.down, place.layer.norms.gated != nil)
        guard isNormed || !down.keepsInputsAlone else { return down.keep(downWork(place, pass)) }
        down.forward(
            downWork(place, pass), into: [isNormed ? place.buffers.gated : buffers.moment.normal],
            stride: model.configuration.hiddenSize)
    }

    private func downWork(_ place: DecoderPlace, _ pass: Pass) -> LinearWork {
        let active = buffers.moment.active(rows: place.rows.count, width: model.configuration.intermediateSize)
        return work(active, place.rows, kept: place.buffers.kept.down, pass)
    }

    /// A layer up to what its last linear layer reads, in the moment's `active`.
    private func forwardToGates(_ place: DecoderPlace, residual: Floats?, pass: Pass) {
        let (c, layer, own, moment) = (model.configuration, place.layer, place.buffers, buffers.moment)
        let (hidden, inner, rows) = (c.hiddenSize, c.intermediateSize, place.rows)
        pass.kernels.rmsNorm(
            layer.norms.input, own.x, residual: residual, into: moment.normal, rows: place.shard.tokenCount)
        if let chosen = place.chosen {
            gather(chosen, own.x, into: buffers.result.x)
            gather(chosen, moment.normal, into: buffers.result.normal)
        }
        project(place, pass: pass)
        normHeads(place, pass: pass)
        turn(place, pass: pass)
        attend(place, pass: pass)
        normed(layer.norms.attended, own.attended, into: own.middle, rows, pass) { result in
            layer.output.forward(work(own.context, rows, kept: own.kept.output, pass), into: [result], stride: hidden)
        }
        pass.kernels.rmsNorm(
            layer.norms.inner, own.middle, residual: place.chosen == nil ? own.x : buffers.result.x, into: moment.normal,
            rows: rows.count)
        for (number, input) in layer.gates.enumerated() {
            input.group.forward(
                work(moment.normal, rows, kept: own.kept.gates[number], pass),
                into: input.roles.map { own.gates + c.offset(of: $0) }, stride: 2 * inner)
        }
        activate(place, into: moment.active(rows: rows.count, width: inner), pass: pass)
    }

    /// What a branch of a layer gives, after its norm where it has one.
    ///
    /// - Parameter plain: where what enters the norm is kept.
    private func normed(
        _ norm: RMSNorm?, _ plain: Floats, into result: Floats, _ rows: Rows, _ pass: Pass, branch: (Floats) -> Void
    ) {
        guard let norm else { return branch(result) }
        branch(plain)
        pass.kernels.rmsNorm(norm, plain, into: result, rows: rows.count)
    }

    /// What the gate leaves through [rows, intermediate].
    func activate(_ place: DecoderPlace, into active: Floats, pass: Pass) {
        let (c, inner) = (model.configuration, model.configuration.intermediateSize)
        for row in 0..<place.rows.count {
            let gate = place.buffers.gates + row * 2 * inner
            pass.kernels.gated(c.activation, gate, gate + inner, into: active + row * inner, count: inner)
        }
    }

    private func gather(_ chosen: ChosenTokens, _ x: UnsafePointer<Float>, into rows: Floats) {
        let hidden = model.configuration.hiddenSize
        for (row, token) in chosen.tokens.enumerated() {
            (rows + row * hidden).update(from: x + token * hidden, count: hidden)
        }
    }

    /// Query, key and value of a layer, of which the chosen tokens' queries lie in a matrix of their own.
    private func project(_ place: DecoderPlace, pass: Pass) {
        let (c, own, last) = (model.configuration, place.buffers, buffers.result)
        for (number, input) in place.layer.inputs.enumerated() {
            let kept = own.kept.inputs[number]
            if place.chosen != nil, input.isQuery {
                input.group.forward(work(last.normal, place.rows, kept: kept, pass), into: [last.query], stride: c.queryWidth)
            } else {
                input.group.forward(
                    work(buffers.moment.normal, place.shard.tokenRows, kept: kept, pass),
                    into: input.roles.map { own.qkv + c.offset(of: $0) }, stride: c.inputWidth)
                // One matrix makes all, or a text that is begun wants its last token alone of a model that was loaded for all.
                guard let chosen = place.chosen, input.hasQuery else { continue }
                for (row, token) in chosen.tokens.enumerated() {
                    (last.query + row * c.queryWidth).update(from: own.qkv + token * c.inputWidth, count: c.queryWidth)
                }
            }
        }
    }

    /// The norms of the queries' and keys' heads; what enters them is kept.
    private func normHeads(_ place: DecoderPlace, pass: Pass) {
        guard let query = place.layer.norms.query, let key = place.layer.norms.key else { return }
        let (c, own, last, kernels) = (model.configuration, place.buffers, buffers.result, pass.kernels)
        let plainWidth = c.queryWidth + c.keyWidth
        for token in 0..<place.shard.tokenCount {
            let (plain, turned) = (own.plain + token * plainWidth, own.qkv + token * c.inputWidth)
            plain.update(from: turned, count: plainWidth)
            if place.chosen == nil { kernels.rmsNorm(query, plain, into: turned, rows: c.headCount) }
            kernels.rmsNorm(key, plain + c.queryWidth, into: turned + c.queryWidth, rows: c.keyValueHeadCount)
        }
        guard place.chosen != nil else { return }
        last.plainQuery.update(from: last.query, count: place.rows.count * c.queryWidth)
        kernels.rmsNorm(query, last.plainQuery, into: last.query, rows: place.rows.count * c.headCount)
    }

    /// Turns the queries and keys of a layer by their positions; `back`: their gradients.
    func turn(_ place: DecoderPlace, back: Bool = false, keys turnsKeys: Bool = true, pass: Pass) {
        guard place.layer.kind.isRotary else { return }
        let (c, kernels) = (model.configuration, pass.kernels)
        let qkv = back ? buffers.moment.qkvGradient : place.buffers.qkv
        let chosenQuery = back ? buffers.result.queryGradient : buffers.result.query
        let keys = HeadRows(qkv + c.queryWidth, stride: c.inputWidth, heads: c.keyValueHeadCount, width: c.headWidth)
        let queries = HeadRows(
            place.chosen == nil ? qkv : chosenQuery, stride: place.chosen == nil ? c.inputWidth : c.queryWidth,
            heads: c.headCount, width: c.headWidth)
        for sequence in 0..<place.shard.sequences.count {
            let ((start, length), text) = (place.shard.place(sequence), place.text(sequence))
            let table = table(place.layer.kind, length: text.length)
            if turnsKeys { kernels.rotate(keys, rows: start..<start + length, from: text.first, table, back: back) }
            guard let chosen = place.chosen else {
                kernels.rotate(queries, rows: start..<start + length, from: text.first, table, back: back)
                continue
            }
            for row in chosen.ranges[sequence] {
                let position = text.first + chosen.tokens[row] - start
                kernels.rotate(queries, rows: row..<row + 1, from: position, table, back: back)
            }
        }
    }

    private func attend(_ place: DecoderPlace, pass: Pass) {
        let (c, own, kernels) = (model.configuration, place.buffers, pass.kernels)
        let query = place.chosen == nil ? own.qkv : buffers.result.query
        if let cache = place.cache { cache.keep(place, width: c.inputWidth, keysAt: c.queryWidth) }
        withPositions(place) { positions in
            c.forEachGroup(place) { heads in
                if let cache = place.cache, !cache.isFresh {
                    cache.attend(heads, query: query + heads.query, into: own.context + heads.result, layer: place.index) {
                        kernels.causalAttention($0, $1, into: $2, sums: nil, scratch: buffers.moment.attention)
                    }
                    return
                }
                kernels.causalAttention(
                    heads.shape,
                    CausalInput(
                        q: query + heads.query, k: own.qkv + heads.key, v: own.qkv + heads.value,
                        positions: positions.map { $0 + heads.chosen }), into: own.context + heads.result,
                    sums: pass.isTraining ? own.sums + heads.sums : nil, scratch: buffers.moment.attention)
            }
        }
    }

    /// The chosen tokens' places in their sequences; nil where all are computed.
    func withPositions(_ place: DecoderPlace, _ body: (UnsafePointer<Int32>?) -> Void) {
        guard place.chosen != nil else { return body(nil) }
        chosenPositions.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

extension DecoderConfiguration {
    /// Where among query, key and value side by side one begins, or beside its gate what is gated.
    func offset(of role: DecoderRole) -> Int {
        switch role {
        case .key: queryWidth
        case .value: queryWidth + keyWidth
        case .up: intermediateSize
        default: 0
        }
    }
}
