package import Layers
import TrainerSettings

/// LoRA-FA (Zhang et al. 2023) as PEFT has it: A stays as it starts, and the gradient of each B is made that with which s B A comes as near
/// to the gradient of W as B alone can bring it.
extension LoRAConfiguration {
    package func projection(of parameters: TrainableParameters, at sites: [Site]) -> GradientProjection? {
        guard freezesA else { return nil }
        let (ranks, entries) = (
            SiteRanks(self), Dictionary(parameters.entries.map { ($0.name, $0.range) }) { first, _ in first }
        )
        let parts = sites.compactMap { site -> GradientProjection.Part? in
            guard let a = entries[ParameterSpec.fullName(Self.nameOfA(site))],
                let b = entries[ParameterSpec.fullName(Self.nameOfB(site))]
            else { return nil }
            let rank = ranks.rank(of: site.name)
            let values = parameters.values[a].map { Double($0) }
            return GradientProjection.Part(
                start: b.lowerBound, rows: site.outputs,
                matrix: Self.projection(values, rank: rank, inputs: site.inputs, scale: ranks.scale(of: site.name)))
        }
        return GradientProjection(parts)
    }

    /// What PEFT adds to the diagonal of A A^T.
    private static let shift = 1e-8

    /// (A A^T)^-1 / s^2, [rank, rank].
    private static func projection(_ a: [Double], rank: Int, inputs: Int, scale: Double) -> [Float] {
        var gram = [Double](repeating: 0, count: rank * rank)
        for i in 0..<rank {
            for j in i..<rank {
                var sum = i == j ? shift : 0
                for k in 0..<inputs { sum += a[i * inputs + k] * a[j * inputs + k] }
                (gram[i * rank + j], gram[j * rank + i]) = (sum, sum)
            }
        }
        return inverse(gram, rank).map { Float($0 / (scale * scale)) }
    }

    /// By Gauss and Jordan; the matrix is symmetric, and none of its eigenvalues is 0 or less.
    private static func inverse(_ matrix: [Double], _ size: Int) -> [Double] {
        var m = matrix
        for pivot in 0..<size {
            let value = m[pivot * size + pivot]
            m[pivot * size + pivot] = 1
            for k in 0..<size { m[pivot * size + k] /= value }
            for row in 0..<size where row != pivot {
                let factor = m[row * size + pivot]
                m[row * size + pivot] = 0
                for k in 0..<size { m[row * size + k] -= factor * m[pivot * size + k] }
            }
        }
        return m
    }

    /// - Throws: `PlacementError` where A A^T has no inverse.
    func checkFrozen(at sites: [Site]) throws(PlacementError) {
        guard freezesA else { return }
        let ranks = SiteRanks(self)
        for site in sites where ranks.rank(of: site.name) > site.inputs {
            throw PlacementError(
                setting: "use_lorafa",
                problem:
                    "use_lorafa needs ranks up to a module's inputs; that of \(site.name) is \(ranks.rank(of: site.name)), and it "
                    + "has \(site.inputs)")
        }
        for site in sites where ranks.scale(of: site.name) == 0 {
            throw PlacementError(
                setting: "use_lorafa", problem: "use_lorafa needs a scale above 0; lora_alpha is 0 for \(site.name)")
        }
    }
}
