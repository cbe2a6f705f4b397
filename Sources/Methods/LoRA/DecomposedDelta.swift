import Backbones
import Checkpoints
import Layers
import Tensors

/// DoRA (Liu et al. 2024) as it is computed with: y = m / |W + s B A| * (x W^T + s x A^T B^T) + bias, the lengths row by row of W.
final class DecomposedDelta: LinearDelta {
    private let lowRank: LowRankDelta
    /// One for each layer of the group; nil: it is not adapted.
    private let layers: [DecomposedLayer?]

    init(
        _ lowRank: LowRankDelta, _ lora: LoRAConfiguration, at sites: [Site], in layout: ParameterLayout,
        on base: [String: FrozenLayer]
    ) {
        self.lowRank = lowRank
        let ranks = SiteRanks(lora)
        layers = sites.map { site in
            guard let lengths = layout.offset(of: LoRAConfiguration.nameOfLengths(site)), let layer = base[site.name],
                let a = layout.offset(of: LoRAConfiguration.nameOfA(site)),
                let b = layout.offset(of: LoRAConfiguration.nameOfB(site))
            else { return nil }
            return DecomposedLayer(
                site, layer, rank: ranks.rank(of: site.name), scale: Float(ranks.scale(of: site.name)),
                offsets: (lengths, a, b))
        }
    }

    var keptWidth: Int { lowRank.keptWidth }
    func scratchCount(rows: Int) -> Int { lowRank.scratchCount(rows: rows) }

    func pack(_ pass: Pass) {
        lowRank.pack(pass)
        for layer in layers.compactMap(\.self) { layer.weigh(pass) }
    }

    func begin(_ work: LinearWork) { lowRank.begin(work) }
    func addend(_ number: Int, _ work: LinearWork) -> MatrixProduct? { lowRank.addend(number, work) }

    func finish(_ number: Int, _ output: Floats, stride: Int, _ work: LinearWork) {
        layers[number]?.finish(output, stride: stride, rows: work.rows.count)
    }

    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        preconditionFailure("a DoRA adapter is only computed with")
    }
}

/// What one layer's outputs are multiplied by.
private final class DecomposedLayer {
    private let site: Site
    private let layer: FrozenLayer
    private let rank: Int
    private let scale: Float
    /// Where the lengths [outputs], A [rank, inputs] and B [outputs, rank] lie in the parameters.
    private let offsets: (lengths: Int, a: Int, b: Int)
    /// Each output becomes factor * output + shift, which leaves the bias as it is.
    private let factors: FloatStorage
    private let shifts: FloatStorage

    init(_ site: Site, _ layer: FrozenLayer, rank: Int, scale: Float, offsets: (lengths: Int, a: Int, b: Int)) {
        (self.site, self.layer, self.rank, self.scale, self.offsets) = (site, layer, rank, scale, offsets)
        (factors, shifts) = (FloatStorage(count: site.outputs), FloatStorage(count: site.outputs))
    }

    /// The lengths that the rows of W + s B A have as the parameters are now.
    func weigh(_ pass: Pass) {
        let row = FloatStorage(count: site.inputs)
        for output in 0..<site.outputs {
            layer.weight.read(output..<output + 1, into: row.base, kernels: pass.kernels)
            for place in 0..<rank {
                let weight = scale * pass.parameters[offsets.b + output * rank + place]
                pass.kernels.addScaled(
                    pass.parameters + offsets.a + place * site.inputs, by: weight, to: row.base, count: site.inputs)
            }
            let length = row.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            let factor = pass.parameters[offsets.lengths + output] / Float(length)
            factors.base[output] = factor
            shifts.base[output] = (1 - factor) * (layer.bias?.values[output] ?? 0)
        }
    }

    func finish(_ output: Floats, stride: Int, rows: Int) {
        for row in 0..<rows {
            let values = output + row * stride
            for i in 0..<site.outputs { values[i] = factors.base[i] * values[i] + shifts.base[i] }
        }
    }
}
