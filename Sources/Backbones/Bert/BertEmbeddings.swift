import Checkpoints
import Layers
import Tensors

/// The tables that tokens are looked up in; only the rows of tokens that occur are ever read.
struct BertEmbeddings {
    /// The row of token type 0, the only one that single texts have; zeros where there are no types.
    let type: FloatStorage
    let words: FloatTensor
    let positions: FloatTensor
    var norm: LayerNorm
    /// Where these lie among what is trained; nil: they are frozen.
    var places: (words: Int?, positions: Int?, types: Int?) = (nil, nil, nil)
}

extension BertEmbeddings {
    /// Of a model that is only planned: nothing can be looked up.
    init() {
        let nothing = FloatTensor(copying: [], shape: [0])
        self.init(
            type: FloatStorage(count: 0), words: nothing, positions: nothing,
            norm: LayerNorm(gamma: nothing.values, beta: nothing.values, epsilon: 0))
    }
}

extension BertEmbeddings {
    /// The same where what is trained has them.
    func placed(_ trained: TrainedTensors, _ configuration: BertConfiguration) -> BertEmbeddings {
        var embeddings = self
        let prefix = configuration.family.prefix
        embeddings.norm = norm.placed(configuration.embeddingNorm, in: trained)
        embeddings.places = (
            trained[prefix + BertTensorNames.words], trained[prefix + BertTensorNames.positions],
            trained[prefix + BertTensorNames.types]
        )
        return embeddings
    }

    /// Takes over what is trained and is not looked up among the parameters themselves.
    func pack(_ pass: Pass) {
        norm.pack(pass)
        if let place = places.types { type.base.update(from: pass.parameters + place, count: type.count) }
    }

    /// The sums that enter the norm [tokens, hidden].
    func look(
        up shard: Shard, of c: BertConfiguration, _ virtual: (any VirtualTokens)? = nil, into x: Floats, pass: Pass
    ) {
        guard let words = places.words.map({ pass.parameters + $0 }) ?? words.values.baseAddress,
            let positions = places.positions.map({ pass.parameters + $0 }) ?? positions.values.baseAddress
        else { return }
        forEachToken(of: shard, c, isCounted: virtual != nil) { place, token, row in
            let word = token < 0 ? virtual?.row(of: Int32(token)) : UnsafePointer(words + token * c.hiddenSize)
            guard let word else { preconditionFailure("a virtual token of a model that has none") }
            pass.kernels.add(
                word, positions + row * c.hiddenSize, type.base, into: x + place * c.hiddenSize,
                count: c.hiddenSize)
        }
    }

    /// Adds the gradients of what is trained, from that of the norm's result [tokens, hidden], which is overwritten. Padding gets none.
    ///
    /// - Parameter x: gets the sums that entered the norm.
    func addGradients(_ gradient: Floats, of shard: Shard, _ c: BertConfiguration, _ x: Floats, pass: Pass) {
        guard let sums = pass.baseGradients else { return }
        let (kernels, hidden, rows) = (pass.kernels, c.hiddenSize, shard.tokenCount)
        look(up: shard, of: c, into: x, pass: pass)
        norm.addGradients(x, dy: gradient, rows: rows, pass)
        kernels.layerNormBackward(norm, x, dy: gradient, into: gradient, rows: rows)
        if let types = places.types {
            kernels.addColumnSums(gradient, stride: hidden, rows: rows, columns: hidden, to: sums + types)
        }
        forEachToken(of: shard, c) { place, token, row in
            let slope = gradient + place * hidden
            if let words = places.words, token != c.paddingToken {
                kernels.addScaled(slope, by: 1, to: sums + words + token * hidden, count: hidden)
            }
            if let positions = places.positions, row >= c.firstPosition {
                kernels.addScaled(slope, by: 1, to: sums + positions + row * hidden, count: hidden)
            }
        }
    }

    /// Adds up the gradients of virtual tokens, from that of the norm's result, which is overwritten there.
    ///
    /// - Parameter x: gets what entered the norm of one text's.
    func addGradients(
        _ gradient: Floats, of virtual: any VirtualTokens, in shard: Shard, _ c: BertConfiguration, _ x: Floats, pass: Pass
    ) {
        guard let sum = virtual.clearedGradients(pass), let positions = positions.values.baseAddress else { return }
        let (kernels, hidden) = (pass.kernels, virtual.width)
        for row in 0..<virtual.count {
            kernels.add(
                virtual.rows + row * hidden, positions + (c.firstPosition + row) * hidden, type.base, into: x + row * hidden,
                count: hidden)
        }
        for sequence in 0..<shard.sequences.count {
            let dy = gradient + shard.place(sequence).start * hidden
            kernels.layerNormBackward(norm, x, dy: dy, into: dy, rows: virtual.count)
            kernels.addScaled(dy, by: 1, to: sum, count: virtual.count * hidden)
        }
    }

    /// Calls the body with each token's place in the shard, its number and its row of the positions' table.
    ///
    /// - Parameter isCounted: whether padding has a position as other tokens have: what a model is given as rows has no number by which
    ///   padding could be told.
    private func forEachToken(
        of shard: Shard, _ c: BertConfiguration, isCounted: Bool = false,
        _ body: (_ place: Int, _ token: Int, _ row: Int) -> Void
    ) {
        let uncounted = isCounted ? nil : c.uncountedToken
        for sequence in 0..<shard.sequences.count {
            let (start, length) = shard.place(sequence)
            var next = c.firstPosition
            for place in start..<start + length {
                let token = shard.batch.tokens[shard.firstToken + place]
                body(place, Int(token), token == uncounted ? c.firstPosition - 1 : next)
                if token != uncounted { next += 1 }
            }
        }
    }
}
