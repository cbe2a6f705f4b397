import Layers
import Tensors

/// One thread's passes through a ``Bert``.
final class BertActivations: Activations {
    let model: Bert
    private(set) var capacity = Capacity()
    private(set) var buffers: BertBuffers
    /// The tokens of the last forward that alone were computed to the end; nil: all.
    private var chosen: ChosenTokens?

    init(_ model: Bert) {
        self.model = model
        buffers = BertBuffers(capacity, for: model)
    }

    /// Makes room for the shard; buffers that are large enough stay.
    func fit(_ needed: Capacity) {
        guard !capacity.holds(needed) else { return }
        capacity = capacity.growing(to: needed)
        buffers = BertBuffers(capacity, for: model)
    }

    func forward(_ shard: Shard, pass: Pass) -> HiddenRows {
        switch model.rows {
        case .pooled: chosen = ChosenTokens(firstOf: shard)
        case .listed: chosen = ChosenTokens(listedIn: shard)
        case .all: chosen = nil
        }
        let rows = chosen?.rows ?? shard.tokenRows
        fit(Capacity(tokens: shard.tokenCount, rows: rows.count, longest: shard.longest))
        pass.adapters?.begin(shard)
        let (result, isTuned) = (buffers.result, model.lowestOrder < .max)
        forwardLayers(shard, chosen, pass: pass)
        guard let pooler = model.pooler else {
            return HiddenRows(values: result.output, gradient: isTuned ? result.gradient : nil, rows: rows)
        }
        let hidden = model.configuration.hiddenSize
        pooler.forward(
            LinearWork(result.output, rows: rows, kept: result.kept, scratch: buffers.moment.scratch, pass: pass),
            into: [result.pooled], stride: hidden)
        pass.kernels.tanh(result.pooled, into: result.pooled, count: rows.count * hidden)
        return HiddenRows(values: result.pooled, gradient: isTuned ? result.pooledGradient : nil, rows: rows)
    }

    func backward(_ shard: Shard, pass: Pass) {
        guard model.lowestOrder < .max else { return }
        if let pooler = model.pooler, let rows = chosen?.rows {
            let (result, hidden) = (buffers.result, model.configuration.hiddenSize)
            let passesGradient = model.lowestOrder < pooler.order
            pass.kernels.tanhBackward(
                result.pooled, dy: result.pooledGradient, into: result.pooledGradient, count: rows.count * hidden)
            pooler.backward(
                LinearWork(result.output, rows: rows, kept: result.kept, scratch: buffers.moment.scratch, pass: pass),
                dy: OutputGradients([result.pooledGradient], stride: hidden), dx: passesGradient ? result.gradient : nil,
                accumulate: false)
            guard passesGradient else { return }
        }
        backwardLayers(shard, chosen, pass: pass)
    }

    func prefix(_ shard: Shard, pass: Pass) -> Floats {
        fit(Capacity(tokens: shard.tokenCount, rows: model.rows.rows(of: shard).count, longest: shard.longest))
        return forwardPrefix(shard, pass: pass)
    }

    /// A layer's own buffers in training; one set for all when nothing is kept.
    func buffers(_ layer: Int, keeping: Bool) -> BertLayerBuffers {
        keeping ? buffers.layers[max(0, layer - model.firstTunedLayer)] : buffers.layers[0]
    }

    func work(_ x: UnsafePointer<Float>, _ rows: Rows, kept: Floats, _ pass: Pass) -> LinearWork {
        LinearWork(x, rows: rows, kept: kept, scratch: buffers.moment.scratch, pass: pass)
    }
}
