import Checkpoints
import Layers
package import Tensors

/// What a backbone's weights take, packed as products read them.
package struct BackboneMemory: Sendable, Hashable {
    /// The linear layers, while they compute.
    package var weights = MemoryUse()
    /// The tables of which tokens' rows are read: all their pages, though only those of tokens that occur are ever touched.
    package var tables = MemoryUse()
    /// What the deltas on the layers keep besides what is trained, in bytes.
    package var deltas = 0
    /// While the model is loaded: what is packed, and what is read of files and given back then, in bytes.
    package var loading = 0

    package init() {}

    /// - Parameters:
    ///   - groups: all linear layers that it has.
    ///   - packed: where their weights are; nil: each has its own.
    ///   - entry: what the files say of a site's weight; nil: it is in none.
    init(
        _ groups: [LinearGroup], _ packed: PackedWeights?, tables: MemoryUse,
        entry: (Site) throws(CheckpointError) -> WeightEntry?
    ) throws(CheckpointError) {
        let linears = groups.flatMap(\.linears)
        deltas = groups.reduce(0) { $0 + ($1.delta?.memory ?? 0) }
        func all(_ linears: [Linear]) -> MemoryUse { linears.reduce(MemoryUse()) { $0 + $1.memory } }
        // What is trained is packed before each pass, wherever the others are.
        let frozen = linears.filter { !$0.isTrained }
        weights = (packed?.memory(of: frozen) ?? all(frozen)) + all(linears.filter(\.isTrained))
        self.tables = tables
        loading = packed?.packing ?? weights.own
        guard loading > 0 else { return }
        // Where numbers are converted, one matrix at a time is there so besides the file.
        var widest = 0
        for linear in linears where linear.readsFiles {
            guard let entry = try entry(linear.site) else { continue }
            loading += entry.byteCount
            widest = max(widest, entry.memory.own)
        }
        loading += widest
    }
}

extension Linear {
    /// Whether its weight is packed from what is read of a file, and does not stay there.
    fileprivate var readsFiles: Bool { memory.mapped == 0 }
}
