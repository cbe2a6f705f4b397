import Backbones
import Layers
import Tasks
import Tensors

/// One thread's passes that classify texts.
final class ClassifyingPass {
    private let base: SharedBase
    private let activations: any Activations
    private var (outputs, scratch) = (FloatStorage(count: 0), FloatStorage(count: 0))

    init(_ base: SharedBase) { (self.base, activations) = (base, base.backbone.activations()) }

    /// A row of logits for each text; the texts of one adapter stand beside each other.
    func logits(_ texts: [(tokens: [Int32], adapter: ServedAdapter)], _ memory: AdapterMemory) -> [[Float]] {
        var batch = PackedBatch(sequences: texts.map(\.tokens))
        batch.adapters = texts.map(\.adapter.number)
        if base.rows == .listed {
            let whole = Shard(batch, sequences: 0..<texts.count)
            batch.listed = ChosenTokens(lastOf: whole, padding: base.backbone.configuration.paddingToken).tokens.map {
                Int32($0)
            }
        }
        let pass = base.pass(Lane.rows(texts.map(\.adapter), memory))
        let hidden = activations.forward(Shard(batch, sequences: 0..<texts.count), pass: pass)
        var results: [[Float]] = []
        while results.count < texts.count {
            let (first, adapter) = (results.count, texts[results.count].adapter)
            let count = texts[first...].prefix { $0.adapter === adapter }.count
            results += head(adapter, of: hidden, rows: first..<first + count)
        }
        return results
    }

    private func head(_ adapter: ServedAdapter, of hidden: HiddenRows, rows: Range<Int>) -> [[Float]] {
        guard let head = adapter.head else { return rows.map { _ in [] } }
        let classes = adapter.labels.count
        let needed = head.scratchCount(rows: rows.count)
        if scratch.count < needed { scratch = FloatStorage(count: needed) }
        if outputs.count < rows.count * classes { outputs = FloatStorage(count: rows.count * classes) }
        let own = HiddenRows(
            values: hidden.values + rows.lowerBound * base.backbone.configuration.hiddenSize, gradient: nil,
            rows: Rows(count: rows.count, first: 0))
        let pass = Pass(kernels: base.backbone.storage.kernels, parameters: adapter.parameters)
        head.forward(own, targets: Targets(), into: outputs.base, scratch: scratch.base, pass: pass)
        return (0..<rows.count).map { row in
            Array(UnsafeBufferPointer(start: outputs.base + row * classes, count: classes))
        }
    }
}
