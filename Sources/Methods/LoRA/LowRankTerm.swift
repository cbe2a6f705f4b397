package import Layers
import Tensors
import TrainerSettings

/// What LoRA adds to one layer: scale * B A, and with DoRA the lengths that the rows of the sum are given.
package struct LowRankTerm {
    package let site: Site
    package let rank: Int
    /// alpha over the rank, or over its root.
    package let scale: Float
    /// [rank, inputs]
    package let a: UnsafeMutableBufferPointer<Float>
    /// [outputs, rank]
    package let b: UnsafeMutableBufferPointer<Float>
    /// [outputs]; nil: the rows keep the lengths that they have.
    package let lengths: UnsafeMutableBufferPointer<Float>?

    /// scale * B.
    package var scaledB: [Float] { b.map { scale * $0 } }

    /// W + scale B A, its rows drawn to the lengths.
    func merge(into weight: Floats, kernels: Kernels = .current) {
        var scaled = scaledB
        scaled.withUnsafeMutableBufferPointer { b in
            guard let b = b.baseAddress, let a = a.baseAddress else { return }
            let product = MatrixProduct(b, rowStride: rank, depth: rank, plain: a, bStride: site.inputs)
            kernels.multiply(
                [product], rows: site.outputs, columns: site.inputs, into: weight, stride: site.inputs, accumulate: true)
        }
        guard let lengths else { return }
        for (row, length) in lengths.enumerated() {
            let values = UnsafeMutableBufferPointer(start: weight + row * site.inputs, count: site.inputs)
            let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard norm > 0 else { continue }
            let factor = Float(Double(length) / norm)
            for index in values.indices { values[index] *= factor }
        }
    }
}

extension LoRAConfiguration {
    /// What an adapter adds at these sites; the numbers are valid as long as the parameters live.
    package func terms(of parameters: TrainableParameters, at sites: [Site]) -> [LowRankTerm] {
        let numbers = SiteRanks(self)
        return sites.compactMap { site in
            guard let a = parameters.values(of: Self.nameOfA(site)), let b = parameters.values(of: Self.nameOfB(site)) else {
                return nil
            }
            return LowRankTerm(
                site: site, rank: numbers.rank(of: site.name), scale: Float(numbers.scale(of: site.name)), a: a, b: b,
                lengths: isDecomposed ? parameters.values(of: Self.nameOfLengths(site)) : nil)
        }
    }

    package var mergeRefusal: String? { nil }

    package func merge(_ parameters: TrainableParameters, into layer: MergedLayer) {
        guard let weight = layer.weight else { return }
        terms(of: parameters, at: [layer.site]).first?.merge(into: weight)
    }

    /// One that does the same for terms of these sizes, whose scales are all in B: alpha is the rank.
    package init(holding terms: [(module: String, rank: Int)], isDecomposed: Bool) {
        let most = terms.map(\.rank).max() ?? 1
        self.init(rank: most, alpha: Double(most), targets: .names(terms.map(\.module)))
        placement.isStrict = false
        for (module, rank) in terms where rank != most {
            rankPattern[module] = rank
            alphaPattern[module] = Double(rank)
        }
        self.isDecomposed = isDecomposed
    }
}
