package import Backbones
package import Checkpoints
package import Layers
package import Tensors
package import TrainerSettings

/// Trains nothing: in a training step it gives the moments of what its sites read, for sites that read the same once: the sum of x x^T
/// [inputs, inputs], that of x [inputs], and how many rows there are.
package struct InputMoments: TuningMethod {
    package static let peftType = "NONE"
    package static let namesInFile = "nothing"

    package let placement: Placement
    package let dropout = 0.0

    package init(at placement: Placement) { self.placement = placement }
    package init(_ settings: TrainerSettings) { self.init(at: LoRAConfiguration(settings).placement) }

    package func parameters(at sites: [Site]) -> [ParameterSpec] {
        Self.readers(of: sites).map {
            ParameterSpec(
                Self.name($0), shape: [$0.inputs * $0.inputs + $0.inputs + 1], owner: .adapter, start: .zero)
        }
    }

    /// The first of the sites that read one input.
    private static func readers(of sites: [Site]) -> [Site] {
        sites.enumerated().filter { $0.offset == 0 || sites[$0.offset - 1].order != $0.element.order }.map(\.element)
    }

    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? {
        for site in sites {
            if let offset = layout.offset(of: Self.name(site)) { return InputMomentsDelta(inputs: site.inputs, offset) }
        }
        return nil
    }

    package func peftValues(at sites: [Site], of model: any BackboneConfiguration) -> [String: SettingValue] { [:] }
    package func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? { "it saves no adapter" }
    package static func owns(_ tensor: String) -> Bool { false }
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? { nil }

    private static func name(_ site: Site) -> String { site.name + ".moments" }

    /// Of each site A [rank, inputs], by the site's name: the directions in which its inputs vary most, the mean taken away, as
    /// orthonormal rows (EVA, Paischer et al. 2024); nil where LAPACK finds none.
    ///
    /// - Parameter moments: summed over batches, laid out as ``parameters(at:)`` says.
    package static func principal(
        _ moments: UnsafePointer<Float>, at sites: [Site], ranks: (Site) -> Int
    ) -> [String: [Float]]? {
        let layout = ParameterLayout(InputMoments(at: Placement()).parameters(at: sites))
        var found: [String: [Float]] = [:]
        var offset = 0
        for site in sites {
            offset = layout.offset(of: name(site)) ?? offset
            let (size, sums) = (site.inputs, moments + offset)
            let count = Double(sums[size * size + size])
            guard count > 0 else { return nil }
            let mean = (0..<size).map { Double(sums[size * size + $0]) / count }
            var covariance = [Double](repeating: 0, count: size * size)
            for i in 0..<size {
                for j in 0..<size { covariance[i * size + j] = Double(sums[i * size + j]) / count - mean[i] * mean[j] }
            }
            let matrix = DenseMatrix(rows: size, columns: size, values: covariance)
            guard let vectors = LinearAlgebra.greatestEigenvectors(of: matrix, count: ranks(site))?.vectors else { return nil }
            found[site.name] = vectors.values.map { Float($0) }
        }
        return found
    }
}

private final class InputMomentsDelta: LinearDelta {
    private let inputs: Int
    private let offset: Int

    init(inputs: Int, _ offset: Int) { (self.inputs, self.offset) = (inputs, offset) }

    let keptWidth = 0

    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        let (rows, sums) = (work.rows.count, gradients + offset)
        let square = MatrixProduct(
            work.input, rowStride: 1, depthStride: inputs, depth: rows, plain: work.input, bStride: inputs)
        work.pass.kernels.multiply([square], rows: inputs, columns: inputs, into: sums, stride: inputs)
        let sum = sums + inputs * inputs
        sum.update(repeating: 0, count: inputs)
        for row in 0..<rows { work.pass.kernels.addScaled(work.input + row * inputs, by: 1, to: sum, count: inputs) }
        sum[inputs] = Float(rows)
        return dy
    }
}

extension LoRAConfiguration {
    /// Puts directions of inputs in the place of fresh A's (``InputMoments/principal(_:at:ranks:)``).
    package static func put(_ directions: [String: [Float]], into parameters: TrainableParameters) {
        let entries = Dictionary(parameters.entries.map { ($0.name, $0) }) { first, _ in first }
        for (site, values) in directions {
            guard let entry = entries[ParameterSpec.fullName(site + endingOfA)] else { continue }
            for (place, value) in zip(entry.range, values) { parameters.values[place] = value }
        }
    }

    /// The rank of a site.
    package func rank(at site: Site) -> Int { SiteRanks(self).rank(of: site.name) }
}
