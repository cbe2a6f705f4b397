package import Backbones
import Checkpoints
package import Layers
import Tensors
import TrainerSettings

extension LoRAConfiguration {
    func startOfA(_ site: Site, rank: Int) -> ParameterSpec.Start {
        switch start {
        case .usual, .random, .eva: .uniform(bound: 1 / Double(site.inputs).squareRoot())
        case .gaussian: .normal(deviation: 1 / Double(rank))
        case .orthogonal, .pissa, .olora: .zero
        }
    }

    func startOfB(rank: Int) -> ParameterSpec.Start {
        start == .random ? .uniform(bound: 1 / Double(rank).squareRoot()) : .zero
    }

    /// Whether a site's A and B are found by linear algebra.
    private var isFactored: Bool { changesBase || start == .orthogonal || start == .eva }

    package var changesBase: Bool {
        switch start {
        case .pissa, .olora: true
        case .usual, .random, .gaussian, .orthogonal, .eva: false
        }
    }

    /// - Throws: `PlacementError` for a rank that the start cannot have.
    func checkStart(at sites: [Site]) throws(PlacementError) {
        try checkFrozen(at: sites)
        guard isFactored else { return }
        func fail(_ problem: String) -> PlacementError {
            PlacementError(setting: "init_lora_weights", problem: "init_lora_weights \(start.value) \(problem)")
        }
        let ranks = SiteRanks(self)
        for site in sites {
            let rank = ranks.rank(of: site.name)
            if changesBase, ranks.scale(of: site.name) == 0 {
                throw fail("needs a scale above 0; lora_alpha is 0 for \(site.name)")
            }
            if start == .orthogonal, rank % 2 == 1 { throw fail("needs even ranks; that of \(site.name) is \(rank)") }
            if start == .eva, rank > site.inputs {
                throw fail("needs ranks up to a module's inputs; that of \(site.name) is \(rank), and it has \(site.inputs)")
            }
            if changesBase, rank > min(site.inputs, site.outputs) {
                throw fail(
                    "needs ranks up to a matrix's smaller side; that of \(site.name) is \(rank), and its weight is "
                        + "\(site.outputs) x \(site.inputs)")
            }
        }
        if let problem = LinearAlgebra.load() {
            throw fail("needs OpenBLAS, which cannot be loaded: \(problem); install libopenblas0, or give it the memory")
        }
    }

    package func change(at sites: [Site], of weights: any BackboneWeights, seed: UInt64) throws -> BaseChange? {
        guard changesBase else { return nil }
        if let problem = LinearAlgebra.load() {
            throw CheckpointError(path: weights.title, problem: "OpenBLAS cannot be loaded for init_lora_weights: \(problem)")
        }
        // Files are read by one thread.
        var layers: [FrozenLayer] = []
        for site in sites { layers.append(try weights.layer(site)) }
        var found = [BaseChange.Part?](repeating: nil, count: sites.count)
        let ranks = SiteRanks(self)
        let threads = min(ComputeThreads.count, sites.count)
        found.withUnsafeMutableBufferPointer { found in
            guard let parts = found.baseAddress else { return }
            inParallel(threads) { thread in
                for number in stride(from: thread, to: sites.count, by: threads) {
                    parts[number] = part(of: sites[number], layers[number], ranks, seed)
                }
            }
        }
        var parts: [String: BaseChange.Part] = [:]
        for (number, site) in sites.enumerated() {
            guard let part = found[number] else {
                throw CheckpointError(
                    path: weights.title, problem: "the weight of \(site.name) has numbers of which no factors are found")
            }
            parts[site.name] = part
        }
        return BaseChange(parts)
    }

    private func part(of site: Site, _ layer: FrozenLayer, _ ranks: SiteRanks, _ seed: UInt64) -> BaseChange.Part? {
        let numbers = FloatStorage(count: site.inputs * site.outputs)
        layer.weight.read(0..<site.outputs, into: numbers.base)
        guard numbers.values.allSatisfy(\.isFinite) else { return nil }
        let weight = DenseMatrix(rows: site.outputs, columns: site.inputs, values: numbers.values.map { Double($0) })
        let (rank, scale) = (ranks.rank(of: site.name), ranks.scale(of: site.name))
        var random = RandomSource(seed: RandomSource.derivedSeed(seed, site.stream))
        let factors: SiteFactors? =
            switch start {
            case .pissa(nil): SiteFactors(principalOf: weight, rank: rank, scale: scale)
            case .pissa(let rounds?):
                SiteFactors(principalOf: weight, rank: rank, scale: scale, rounds: rounds, &random)
            case .olora: SiteFactors(qrOf: weight, rank: rank)
            case .usual, .random, .gaussian, .orthogonal, .eva: nil
            }
        return factors?.part(scale: Float(scale))
    }

    package func start(_ parameters: TrainableParameters, from start: TuningStart, seed: UInt64) throws {
        func put(_ values: [Float], at name: String) {
            guard let offset = start.layout.offset(of: name) else { return }
            for (place, value) in values.enumerated() { parameters.values[offset + place] = value }
        }
        let ranks = SiteRanks(self)
        for site in start.sites {
            var part = start.change?.parts[site.name]
            if self.start == .orthogonal {
                var random = RandomSource(seed: RandomSource.derivedSeed(seed, site.stream))
                part = SiteFactors(orthogonalAt: site, rank: ranks.rank(of: site.name), &random)?.part(scale: 0)
            }
            if let part {
                put(part.a, at: Self.nameOfA(site))
                put(part.b, at: Self.nameOfB(site))
            }
            guard isDecomposed else { continue }
            put(try lengths(at: site, parameters, start, ranks), at: Self.nameOfLengths(site))
        }
    }

    /// The lengths of the rows of W + s B A at the start, where W lacks what was taken away: mostly of W as the files have it.
    private func lengths(
        at site: Site, _ parameters: TrainableParameters, _ start: TuningStart, _ ranks: SiteRanks
    ) throws -> [Float] {
        let layer = try start.weights.layer(site)
        let row = FloatStorage(count: site.inputs)
        guard let a = start.layout.offset(of: Self.nameOfA(site)), let b = start.layout.offset(of: Self.nameOfB(site)) else {
            return []
        }
        let (rank, scale) = (ranks.rank(of: site.name), Float(ranks.scale(of: site.name)))
        return (0..<site.outputs).map { output in
            layer.weight.read(output..<output + 1, into: row.base)
            // What was taken away is what B A is.
            for k in 0..<rank where start.change == nil && parameters.values[b + output * rank + k] != 0 {
                Kernels.current.addScaled(
                    parameters.base + a + k * site.inputs, by: scale * parameters.values[b + output * rank + k], to: row.base,
                    count: site.inputs)
            }
            return Float(Kernels.current.squaredNorm(row.base, count: site.inputs).squareRoot())
        }
    }

    package func startMemory(at sites: [Site], threads: Int) -> StartMemory {
        var memory = StartMemory()
        guard isFactored else { return memory }
        let ranks = SiteRanks(self)
        memory.making = LinearAlgebra.memory
        guard changesBase else { return memory }
        var largest = 0
        for site in sites {
            let rank = ranks.rank(of: site.name)
            // What was taken away, and, while an adapter is written, twice as much again.
            memory.kept += 3 * 4 * rank * (site.inputs + site.outputs)
            // The weight as floats and as doubles, its Gram matrix and LAPACK's copy, the vectors of both sides.
            let side = min(site.inputs, site.outputs)
            largest = max(
                largest, 12 * site.inputs * site.outputs + 2 * 8 * side * side + 5 * 8 * rank * (site.inputs + site.outputs))
        }
        memory.making += memory.kept + threads * largest
        return memory
    }
}
