import Backbones
package import Layers
package import Tensors

extension AdaptedClassifier {
    /// How many of the lowest layers give the same result for a text in every step: nothing in them or below is trained.
    package var prefixDepth: Int { classifier.model.prefixDepth }

    /// What those results follow from besides the tokens, in words; nil where the weights' file cannot be told from another.
    package var prefixIdentity: String? {
        classifier.model.identity.map { "\($0); \(classifier.model.numerics); depth \(prefixDepth)" }
    }

    /// The results of the lowest ``prefixDepth`` layers, [tokens, hidden].
    ///
    /// Those of a sequence are the same bits whatever other sequences the batch has.
    package func prefix(_ batch: PackedBatch, into states: Floats) throws {
        try classifier.check(batch)
        let parts = parts(of: batch)
        let used = shards.prefix(parts.count)
        let pass = Pass(kernels: classifier.model.kernels, parameters: UnsafePointer(parameters.base))
        let hidden = configuration.hiddenSize
        inParallel(used.count) { thread in
            for index in stride(from: thread, to: parts.count, by: used.count) {
                let result = classifier.prefix(Shard(batch, sequences: parts[index]), used[thread].workspace, pass: pass)
                guard let source = result.baseAddress else { continue }
                let start = Int(batch.offsets[parts[index].lowerBound])
                (states + start * hidden).update(from: source, count: result.count)
            }
        }
    }
}
