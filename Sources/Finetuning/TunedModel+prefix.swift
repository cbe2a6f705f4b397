import Backbones
package import Layers
package import Tensors

extension TunedModel {
    /// How many of the lowest layers give the same result for a text in every step: nothing in them or below is trained.
    package var prefixDepth: Int { backbone.prefixDepth }

    /// What those results follow from besides the tokens, in words; nil where the weights' file cannot be told from another.
    package var prefixIdentity: String? {
        backbone.identity.map { "\($0); \(backbone.storage.numerics); depth \(prefixDepth)" }
    }

    /// The results of the lowest ``prefixDepth`` layers, [tokens, hidden].
    ///
    /// Those of a sequence are the same bits whatever other sequences the batch has.
    package func prefix(_ batch: PackedBatch, into states: Floats) throws {
        try backbone.check(batch)
        let parts = parts(of: batch)
        let used = shards.prefix(parts.count)
        let pass = Pass(kernels: backbone.storage.kernels, parameters: UnsafePointer(parameters.base))
        let hidden = configuration.hiddenSize
        inParallel(used.count) { thread in
            for index in stride(from: thread, to: parts.count, by: used.count) {
                let shard = Shard(batch, sequences: parts[index])
                let source = used[thread].activations.prefix(shard, pass: pass)
                (states + shard.firstToken * hidden).update(from: source, count: shard.tokenCount * hidden)
            }
        }
    }
}
