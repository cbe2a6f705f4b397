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

    private let lora: LoRAConfiguration
    package let dropout = 0.0

    package init(at placement: Placement) {
        var lora = LoRAConfiguration()
        lora.placement = placement
        self.lora = lora
    }
    package init(_ settings: TrainerSettings) { lora = LoRAConfiguration(settings) }

    package var placement: Placement { lora.placement }

    package func sites(of model: any BackboneConfiguration, for rows: RowSelection) throws(PlacementError) -> [Site] {
        try lora.adaptedSites(of: model, for: rows)
    }

    package func parameters(at sites: [Site]) -> [ParameterSpec] {
        Self.groups(of: sites).flatMap { group in
            let readers = [group] + (Self.rest(of: group, among: sites).map { [$0] } ?? [])
            return readers.map { reader in
                let size = reader[reader.startIndex].inputs
                return ParameterSpec(Self.name(reader), shape: [size * size + size + 1], owner: .adapter, start: .zero)
            }
        }
    }

    /// Where a task works on some rows alone, the last layer's query is computed for these and its key and value for all: they read by
    /// themselves then. Elsewhere their own moments stay empty.
    private static func rest(of group: ArraySlice<Site>, among sites: [Site]) -> ArraySlice<Site>? {
        guard group.count > 1, let layer = group.first?.layer, layer == sites.compactMap(\.layer).max() else { return nil }
        return group.dropFirst()
    }

    /// The sites by what they read: those that follow one another and read one input.
    private static func groups(of sites: [Site]) -> [ArraySlice<Site>] {
        var groups: [ArraySlice<Site>] = []
        var rest = sites[...]
        while let first = rest.first {
            groups.append(rest.prefix { $0.order == first.order })
            rest = rest.dropFirst(groups[groups.count - 1].count)
        }
        return groups
    }

    package func delta(at sites: [Site], in layout: ParameterLayout, kernels: Kernels) -> (any LinearDelta)? {
        for site in sites {
            if let offset = layout.offset(of: Self.name([site])) { return InputMomentsDelta(inputs: site.inputs, offset) }
        }
        return nil
    }

    package func peftValues(at sites: [Site], of model: any BackboneConfiguration) -> [String: SettingValue] { [:] }
    package func refusal(of configuration: [String: SettingValue], at sites: [Site]) -> String? { "it saves no adapter" }
    package static func owns(_ tensor: String) -> Bool { false }
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? { nil }

    /// By the first of the sites.
    private static func name(_ group: ArraySlice<Site>) -> String { (group.first?.name ?? "") + ".moments" }

    /// LAPACK's, for the matrix of the widest inputs, its copy and the vectors, beside the model.
    package func startMemory(at sites: [Site], threads: Int) -> StartMemory {
        let widest = sites.map(\.inputs).max() ?? 0
        var memory = StartMemory()
        memory.kept = LinearAlgebra.eigenvectorMemory + 3 * 8 * widest * widest
        return memory
    }

    /// Of each site A [rank, inputs], by the site's name: the directions in which its inputs vary most, the mean taken away, as
    /// orthonormal rows (EVA, Paischer et al. 2024); nil where LAPACK finds none, the moments are no finite numbers, or it is interrupted.
    ///
    /// - Parameter moments: summed over batches, laid out as ``parameters(at:)`` says.
    package static func principal(
        _ moments: UnsafePointer<Float>, at sites: [Site], ranks: (Site) -> Int, isInterrupted: () -> Bool = { false }
    ) -> [String: [Float]]? {
        let layout = ParameterLayout(InputMoments(at: Placement()).parameters(at: sites))
        var found: [String: [Float]] = [:]
        for group in groups(of: sites) {
            let most = group.map(ranks).max() ?? 0
            guard !isInterrupted(), let offset = layout.offset(of: name(group)),
                let rows = directions(moments + offset, inputs: group[group.startIndex].inputs, count: most)
            else { return nil }
            for site in group { found[site.name] = rows.values.prefix(ranks(site) * site.inputs).map { Float($0) } }
            guard let apart = rest(of: group, among: sites), let own = layout.offset(of: name(apart)) else { continue }
            let size = apart[apart.startIndex].inputs
            guard moments[own + size * size + size] > 0 else { continue }
            guard let rows = directions(moments + own, inputs: size, count: most) else { return nil }
            for site in apart { found[site.name] = rows.values.prefix(ranks(site) * size).map { Float($0) } }
        }
        return found
    }

    /// As rows, the one of the greatest variance first.
    private static func directions(_ sums: UnsafePointer<Float>, inputs size: Int, count: Int) -> DenseMatrix? {
        let rows = Double(sums[size * size + size])
        guard rows > 0 else { return nil }
        let mean = (0..<size).map { Double(sums[size * size + $0]) / rows }
        var covariance = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0..<size { covariance[i * size + j] = Double(sums[i * size + j]) / rows - mean[i] * mean[j] }
        }
        guard covariance.allSatisfy(\.isFinite) else { return nil }
        let matrix = DenseMatrix(rows: size, columns: size, values: covariance)
        return LinearAlgebra.greatestEigenvectors(of: matrix, count: count)?.vectors
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
