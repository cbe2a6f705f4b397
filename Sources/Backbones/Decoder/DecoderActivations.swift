import Layers
import Tensors

/// One thread's passes through a ``DecoderModel``.
final class DecoderActivations: Activations {
    let model: DecoderModel
    private(set) var capacity = Capacity()
    private(set) var buffers: DecoderBuffers
    /// The tokens of the last forward that alone were computed to the end; nil: all.
    private var chosen: ChosenTokens?
    /// Of each chosen token its place in its sequence.
    private(set) var chosenPositions: [Int32] = []
    /// Those of all layers; of the local ones apart where these turn otherwise.
    private var tables: [RotaryTables]

    init(_ model: DecoderModel) {
        self.model = model
        buffers = DecoderBuffers(capacity, for: model)
        tables = ([model.configuration.rotary] + [model.configuration.localRotary].compactMap(\.self)).map { RotaryTables($0) }
    }

    /// Makes room for the shard; buffers that are large enough stay.
    func fit(_ needed: Capacity) {
        guard !capacity.holds(needed) else { return }
        capacity = capacity.growing(to: needed)
        buffers = DecoderBuffers(capacity, for: model)
    }

    func forward(_ shard: Shard, pass: Pass) -> HiddenRows {
        switch model.rows {
        // Among rows that are trained transformers knows no padding.
        case .pooled:
            let padding = model.virtualTokens == nil ? model.configuration.paddingToken : nil
            choose(ChosenTokens(lastOf: shard, padding: padding), of: shard)
        case .listed: choose(ChosenTokens(listedIn: shard), of: shard)
        case .all: choose(nil, of: shard)
        }
        let rows = forward(shard, cache: nil, pass: pass)
        return HiddenRows(
            values: buffers.result.output, gradient: model.lowestOrder < .max ? buffers.result.gradient : nil, rows: rows)
    }

    /// Fixes which tokens alone are computed to the end.
    func choose(_ chosen: ChosenTokens?, of shard: Shard) {
        self.chosen = chosen
        chosenPositions = []
        for (sequence, range) in (chosen?.ranges ?? []).enumerated() {
            let start = shard.place(sequence).start
            for row in range { chosenPositions.append(Int32((chosen?.tokens[row] ?? 0) - start)) }
        }
    }

    /// The rows of the chosen tokens after the last norm, in the result's `output`.
    @discardableResult func forward(_ shard: Shard, cache: GrowingTexts?, pass: Pass) -> Rows {
        let rows = chosen?.rows ?? shard.tokenRows
        fit(Capacity(tokens: shard.tokenCount, rows: rows.count, longest: cache?.longest ?? shard.longest))
        pass.adapters?.begin(shard)
        forwardLayers(shard, chosen, cache: cache, pass: pass)
        return rows
    }

    func backward(_ shard: Shard, pass: Pass) {
        guard model.lowestOrder < .max else { return }
        backwardLayers(shard, chosen, pass: pass)
    }

    func prefix(_ shard: Shard, pass: Pass) -> Floats {
        choose(nil, of: shard)
        fit(Capacity(tokens: shard.tokenCount, rows: model.rows.rows(of: shard).count, longest: shard.longest))
        return forwardPrefix(shard, pass: pass)
    }

    /// A layer's own buffers in training; one set for all when nothing is kept.
    func buffers(_ layer: Int, keeping: Bool) -> DecoderLayerBuffers {
        keeping ? buffers.layers[max(0, layer - model.firstTunedLayer)] : buffers.layers[0]
    }

    func place(
        _ index: Int, _ shard: Shard, _ chosen: ChosenTokens?, cache: GrowingTexts? = nil, keeping: Bool
    ) -> DecoderPlace {
        DecoderPlace(
            index: index, layer: model.layers[index], buffers: buffers(index, keeping: keeping), shard: shard,
            chosen: index == model.layers.count - 1 ? chosen : nil, cache: cache)
    }

    /// What turns the heads of such a layer in texts of so many tokens.
    func table(_ kind: DecoderConfiguration.LayerKind, length: Int) -> RotaryTable {
        tables[kind.isLocal ? tables.count - 1 : 0].table(for: length)
    }

    func work(_ x: UnsafePointer<Float>, _ rows: Rows, kept: Floats, _ pass: Pass) -> LinearWork {
        LinearWork(x, rows: rows, kept: kept, scratch: buffers.moment.scratch, pass: pass)
    }
}
