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
        directions(moments, at: sites, counts: ranks, isInterrupted: isInterrupted)?.mapValues { $0.rows.map { Float($0) } }
    }

    /// Of each site the shares of the variance of its inputs that lie along so many first directions, the greatest first, by the site's
    /// name; nil where there are none, as above.
    package static func shares(
        of moments: UnsafePointer<Float>, at sites: [Site], counts: (Site) -> Int, isInterrupted: () -> Bool = { false }
    ) -> [String: [Double]]? {
        directions(moments, at: sites, counts: counts, isInterrupted: isInterrupted)?.mapValues(\.shares)
    }

    /// Gives out ranks one by one to whose next direction has the greatest share; of equals to the first.
    ///
    /// - Parameter shares: of each module, falling.
    package static func ranks(by shares: [[Double]], count: Int) -> [Int] {
        var choices: [(module: Int, share: Double)] = []
        for (module, shares) in shares.enumerated() { choices += shares.map { (module, $0) } }
        let order = choices.indices.sorted { (choices[$1].share, $0) < (choices[$0].share, $1) }
        return order.prefix(count).reduce(into: [Int](repeating: 0, count: shares.count)) { $0[choices[$1].module] += 1 }
    }

    /// The first directions of some inputs.
    private struct Directions {
        /// [count, inputs]
        var rows: [Double]
        /// Of the variance.
        var shares: [Double]

        func first(_ count: Int, inputs: Int) -> Directions {
            Directions(rows: Array(rows.prefix(count * inputs)), shares: Array(shares.prefix(count)))
        }
    }

    private static func directions(
        _ moments: UnsafePointer<Float>, at sites: [Site], counts: (Site) -> Int, isInterrupted: () -> Bool
    ) -> [String: Directions]? {
        let layout = ParameterLayout(InputMoments(at: Placement()).parameters(at: sites))
        var found: [String: Directions] = [:]
        for group in groups(of: sites) {
            let most = group.map(counts).max() ?? 0
            guard !isInterrupted(), let offset = layout.offset(of: name(group)),
                let all = directions(moments + offset, inputs: group[group.startIndex].inputs, count: most)
            else { return nil }
            for site in group { found[site.name] = all.first(counts(site), inputs: site.inputs) }
            guard let apart = rest(of: group, among: sites), let own = layout.offset(of: name(apart)) else { continue }
            let size = apart[apart.startIndex].inputs
            guard moments[own + size * size + size] > 0 else { continue }
            guard let all = directions(moments + own, inputs: size, count: most) else { return nil }
            for site in apart { found[site.name] = all.first(counts(site), inputs: size) }
        }
        return found
    }

    /// The one of the greatest variance first.
    private static func directions(_ sums: UnsafePointer<Float>, inputs size: Int, count: Int) -> Directions? {
        let rows = Double(sums[size * size + size])
        guard rows > 0 else { return nil }
        let mean = (0..<size).map { Double(sums[size * size + $0]) / rows }
        var covariance = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0..<size { covariance[i * size + j] = Double(sums[i * size + j]) / rows - mean[i] * mean[j] }
        }
        guard covariance.allSatisfy(\.isFinite) else { return nil }
        let whole = (0..<size).reduce(0) { $0 + covariance[$1 * size + $1] }
        let matrix = DenseMatrix(rows: size, columns: size, values: covariance)
        guard let found = LinearAlgebra.greatestEigenvectors(of: matrix, count: count) else { return nil }
        return Directions(rows: found.vectors.values, shares: found.values.map { whole > 0 ? $0 / whole : 0 })
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
