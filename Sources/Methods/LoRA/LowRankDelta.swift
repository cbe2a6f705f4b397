import Layers
import Tensors

/// The low-rank products of linear layers that read one input, computed together.
///
/// The A's of the group lie end to end in the parameters: one [ranks, inputs] matrix.
final class LowRankDelta: LinearDelta {
    /// One pair for each layer of the group; nil: it is not adapted.
    let pairs: [LowRankPair?]
    private let inputs: Int
    /// The sum of the pairs' ranks.
    private let ranks: Int
    /// The site whose random numbers the dropout's mask is made of.
    private let masked: Site
    private let drops: Bool
    /// A^T [inputs, ranks]
    let packedA: PackedMatrix
    private let aOffset: Int
    /// Whether A stays as it is: it has no gradient.
    private let freezesA: Bool

    /// nil where none of the sites is adapted.
    init?(_ lora: LoRAConfiguration, at sites: [Site], in layout: ParameterLayout, kernels: Kernels) {
        let numbers = SiteRanks(lora)
        var pairs: [LowRankPair?] = []
        var (start, ranks): (Int?, Int) = (nil, 0)
        for site in sites {
            guard let a = layout.offset(of: LoRAConfiguration.nameOfA(site)),
                let b = layout.offset(of: LoRAConfiguration.nameOfB(site))
            else {
                pairs.append(nil)
                continue
            }
            precondition(a == (start ?? a) + ranks * site.inputs, "a group's A's lie apart")
            start = start ?? a
            let (rank, scale) = (numbers.rank(of: site.name), Float(numbers.scale(of: site.name)))
            pairs.append(
                LowRankPair(site, (rank, scale), offsets: (a, b), column: ranks, kernels: kernels))
            ranks += rank
        }
        guard let start else { return nil }
        self.pairs = pairs
        self.ranks = ranks
        inputs = sites[0].inputs
        masked = sites[0]
        (drops, freezesA) = (lora.dropout > 0, lora.freezesA)
        precondition(!drops || sites.count == 1, "one mask for several layers")
        aOffset = start
        packedA = PackedMatrix(depth: inputs, columns: ranks, for: kernels)
    }

    /// x A^T
    var keptWidth: Int { ranks }

    func scratchCount(rows: Int) -> Int {
        let widest = pairs.compactMap { $0?.turnedCount }.max() ?? 0
        return place(ofGradient: rows) + Self.lines(rows * ranks) + Self.lines(widest)
    }

    var memory: Int {
        let pairs = pairs.compactMap(\.self)
        return ([packedA] + pairs.map(\.forward) + pairs.map(\.backward)).reduce(0) { $0 + $1.memoryUse.own }
    }

    /// The scratch holds the input after dropout, then du = dy (scale B) [rows, ranks], then a gradient of B^T [rank, outputs].
    private func place(ofGradient rows: Int) -> Int { drops ? Self.lines(rows * inputs) : 0 }

    private static func lines(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    func pack(_ pass: Pass) {
        pass.kernels.pack(pass.parameters + aOffset, depthStride: 1, columnStride: inputs, into: packedA)
        for pair in pairs.compactMap(\.self) { pair.pack(pass) }
    }

    func begin(_ work: LinearWork) {
        let product = MatrixProduct(dropped(work), rowStride: inputs, depth: inputs, packed: packedA)
        work.pass.kernels.multiply([product], rows: work.rows.count, columns: ranks, into: work.kept, stride: ranks)
    }

    func addend(_ number: Int, _ work: LinearWork) -> MatrixProduct? {
        pairs[number].map {
            MatrixProduct(work.kept + $0.column, rowStride: ranks, depth: $0.rank, packed: $0.forward)
        }
    }

    /// dA = du^T x and dB = scale dy^T u, where du = dy (scale B) is left in the scratch.
    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        let (rows, kernels) = (work.rows.count, work.pass.kernels)
        let low = work.scratch.delta + place(ofGradient: rows)
        let turned = low + Self.lines(rows * ranks)
        for (pair, dy) in zip(pairs, dy.starts.map { ($0, dy.stride) }) {
            guard let pair else { continue }
            let (start, stride) = dy
            let du = MatrixProduct(start, rowStride: stride, depth: pair.outputs, packed: pair.backward)
            kernels.multiply([du], rows: rows, columns: pair.rank, into: low + pair.column, stride: ranks)
            let db = MatrixProduct(
                work.kept + pair.column, rowStride: 1, depthStride: ranks, depth: rows, plain: start, bStride: stride)
            kernels.multiply([db], rows: pair.rank, columns: pair.outputs, into: turned, stride: pair.outputs)
            kernels.transpose(
                turned, rows: pair.rank, columns: pair.outputs, scale: pair.scale, into: gradients + pair.bOffset)
        }
        guard !freezesA else {
            (gradients + aOffset).update(repeating: 0, count: ranks * inputs)
            return dy
        }
        let da = MatrixProduct(
            low, rowStride: 1, depthStride: ranks, depth: rows, plain: dropped(work), bStride: inputs)
        kernels.multiply([da], rows: ranks, columns: inputs, into: gradients + aOffset, stride: inputs)
        return dy
    }

    func inputAddend(_ work: LinearWork) -> MatrixProduct? { mask(work) == nil ? lowProduct(work) : nil }

    func finishInput(_ dx: Floats, _ work: LinearWork) { finishInput(dx, work, with: []) }

    /// - Parameter others: further terms of the gradient of the input under the mask.
    func finishInput(_ dx: Floats, _ work: LinearWork, with others: [MatrixProduct]) {
        guard let mask = mask(work) else { return }
        let (rows, kernels, products) = (work.rows, work.pass.kernels, others + [lowProduct(work)])
        kernels.multiply(products, rows: rows.count, columns: inputs, into: work.scratch.delta, stride: inputs)
        kernels.dropout(
            mask, work.scratch.delta, into: dx, count: rows.count * inputs, first: rows.first * inputs, accumulate: true)
    }

    /// du A [rows, inputs]
    private func lowProduct(_ work: LinearWork) -> MatrixProduct {
        MatrixProduct(
            work.scratch.delta + place(ofGradient: work.rows.count), rowStride: ranks, depth: ranks,
            plain: work.pass.parameters + aOffset, bStride: inputs)
    }

    /// The adapters' input: x itself, or x with this pass's mask.
    private func dropped(_ work: LinearWork) -> UnsafePointer<Float> {
        guard let mask = mask(work) else { return work.input }
        work.pass.kernels.dropout(
            mask, work.input, into: work.scratch.delta, count: work.rows.count * inputs, first: work.rows.first * inputs)
        return UnsafePointer(work.scratch.delta)
    }

    /// nil where nothing is dropped.
    func mask(_ work: LinearWork) -> Dropout? { drops ? work.pass.mask(of: masked) : nil }
}
