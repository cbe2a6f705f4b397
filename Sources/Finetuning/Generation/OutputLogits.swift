package import Backbones
package import Layers
package import Tensors

/// The vocabulary's logits of hidden rows. One thread's.
package final class OutputLogits {
    private let layer: LinearGroup
    /// What bounds them.
    private let cap: Float?
    private let precision: WeightPrecision
    private var memory = FloatStorage(count: 0)
    private var narrow = FloatStorage(count: 0)

    /// nil for a model that writes no text.
    package init?(_ backbone: any Backbone) {
        guard let layer = backbone.outputLayer else { return nil }
        (self.layer, precision) = (layer, backbone.storage.precision)
        cap = backbone.configuration.outputCap
    }

    package var vocabulary: Int { layer.linears[0].site.outputs }

    /// For so many rows, in bytes; 0 for a model that writes no text.
    static func memory(on backbone: any Backbone, rows: Int) -> Int {
        guard let layer = backbone.outputLayer else { return 0 }
        let narrow = narrowCount(rows: rows, layer, backbone.storage.precision)
        return FloatStorage.memory(count: rows * layer.linears[0].site.outputs)
            + FloatStorage.memory(count: (narrow + 1) / 2)
    }

    private static func narrowCount(rows: Int, _ layer: LinearGroup, _ precision: WeightPrecision) -> Int {
        precision == .bf16 ? rows * (max(layer.linears[0].site.outputs, layer.inputs) + 2) : 2
    }

    /// [rows, ``vocabulary``], valid until the next call.
    package func callAsFunction(_ rows: HiddenRows, _ pass: Pass) -> Floats {
        let count = rows.rows.count
        if memory.count < count * vocabulary { memory = FloatStorage(count: count * vocabulary) }
        let numbers = Self.narrowCount(rows: count, layer, precision)
        if 2 * narrow.count < numbers { narrow = FloatStorage(count: (numbers + 1) / 2) }
        let place = UnsafeMutableRawPointer(narrow.base).bindMemory(to: BFloat16.self, capacity: 2 * narrow.count)
        let work = LinearWork(
            rows.values, rows: Rows(count: count, first: 0), kept: memory.base,
            scratch: Scratch(narrow: place, delta: memory.base), pass: pass)
        layer.forward(work, into: [memory.base], stride: vocabulary)
        pass.kernels.bound(Logits(memory.base, rows: count, classes: vocabulary, stride: vocabulary, cap: cap))
        return memory.base
    }
}
