package import Layers

extension AdapterRanks {
    /// The adapter as a model is loaded with it.
    package var loaded: any TuningMethod { method }

    /// Puts the adapter, cut to these ranks, in the place of the whole one: the rest of each A and B is zero, and the output is that of
    /// the adapter which ``write(cutTo:scale:to:)`` writes.
    ///
    /// - Parameter parameters: of a model with the whole adapter.
    package func fill(_ parameters: TrainableParameters, cutTo ranks: [Int]) {
        let numbers = SiteRanks(method)
        let entries = Dictionary(parameters.entries.map { ($0.name, $0) }) { first, _ in first }
        for (module, rank) in zip(modules, ranks) {
            guard let a = entries[ParameterSpec.fullName(module.name + LoRAConfiguration.endingOfA)],
                let b = entries[ParameterSpec.fullName(module.name + LoRAConfiguration.endingOfB)]
            else { continue }
            // A scale of 0 leaves nothing to be told of B.
            let scale = numbers.scale(of: module.name)
            let cut = module.factors(rank: rank, scale: scale == 0 ? 1 : scale)
            for entry in [a, b] { parameters.values[entry.range].update(repeating: 0) }
            for (place, value) in cut.a.enumerated() { parameters.values[a.range.lowerBound + place] = value }
            for (place, value) in cut.b.enumerated() {
                let (output, k) = (place / rank, place % rank)
                parameters.values[b.range.lowerBound + output * module.rank + k] = value
            }
        }
    }
}
