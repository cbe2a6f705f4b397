import Layers
import Tensors

/// fold(x) D of linear layers that read one input, which is folded once for all of them.
final class MissDelta: LinearDelta {
    /// One for each layer of the group; nil: it is not tuned.
    private let blocks: [MissBlock?]
    private let inputs: Int
    private let rank: Int
    /// The site whose random numbers the dropout's mask is made of.
    private let masked: Site
    private let drops: Bool

    /// nil where none of the sites is tuned.
    init?(_ miss: MissConfiguration, at sites: [Site], in layout: ParameterLayout, kernels: Kernels) {
        let rank = miss.rank
        blocks = sites.map { site in
            layout.offset(of: MissConfiguration.name(site)).map {
                MissBlock(rank: rank, outputs: site.outputs, offset: $0, kernels: kernels)
            }
        }
        guard blocks.contains(where: { $0 != nil }) else { return nil }
        (self.rank, inputs, masked, drops) = (rank, sites[0].inputs, sites[0], miss.dropout > 0)
        precondition(!drops || sites.count == 1, "one mask for several layers")
    }

    /// fold(x)
    var keptWidth: Int { rank }

    /// The scratch holds du [rows, rank], then under dropout the dropped input, or the gradient of it, [rows, inputs].
    func scratchCount(rows: Int) -> Int { place(ofInput: rows) + (drops ? rows * inputs : 0) }

    private func place(ofInput rows: Int) -> Int { (rows * rank + 15) / 16 * 16 }

    var memory: Int { blocks.compactMap(\.self).reduce(0) { $0 + $1.forward.memoryUse.own + $1.backward.memoryUse.own } }

    func pack(_ pass: Pass) { for block in blocks.compactMap(\.self) { block.pack(pass) } }

    func begin(_ work: LinearWork) {
        let (count, x) = (work.rows.count, dropped(work))
        for row in 0..<count {
            let (x, sums) = (x + row * inputs, work.kept + row * rank)
            sums.update(from: x, count: rank)
            for first in stride(from: rank, to: inputs, by: rank) {
                for k in 0..<min(rank, inputs - first) { sums[k] += x[first + k] }
            }
        }
    }

    func addend(_ number: Int, _ work: LinearWork) -> MatrixProduct? {
        blocks[number].map { MatrixProduct(work.kept, rowStride: rank, depth: rank, packed: $0.forward) }
    }

    /// dD = fold(x)^T dy, and du = the sum of dy D^T over the layers is left in the scratch.
    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        let (rows, kernels, stride) = (work.rows.count, work.pass.kernels, dy.stride)
        var products: [MatrixProduct] = []
        for (block, start) in zip(blocks, dy.starts) {
            guard let block else { continue }
            let slope = MatrixProduct(work.kept, rowStride: 1, depthStride: rank, depth: rows, plain: start, bStride: stride)
            kernels.multiply([slope], rows: rank, columns: block.outputs, into: gradients + block.offset, stride: block.outputs)
            products.append(MatrixProduct(start, rowStride: stride, depth: block.outputs, packed: block.backward))
        }
        kernels.multiply(products, rows: rows, columns: rank, into: work.scratch.delta, stride: rank)
        return dy
    }

    /// Each input gets the gradient of the sum that it is in.
    func finishInput(_ dx: Floats, _ work: LinearWork) {
        let (rows, du) = (work.rows, work.scratch.delta)
        let mask = mask(work)
        let target = mask == nil ? dx : work.scratch.delta + place(ofInput: rows.count)
        for row in 0..<rows.count {
            let (sums, dx) = (du + row * rank, target + row * inputs)
            if mask == nil {
                for first in stride(from: 0, to: inputs, by: rank) {
                    for k in 0..<min(rank, inputs - first) { dx[first + k] += sums[k] }
                }
            } else {
                for first in stride(from: 0, to: inputs, by: rank) {
                    (dx + first).update(from: sums, count: min(rank, inputs - first))
                }
            }
        }
        guard let mask else { return }
        work.pass.kernels.dropout(
            mask, target, into: dx, count: rows.count * inputs, first: rows.first * inputs, accumulate: true)
    }

    /// x itself, or x with this pass's mask.
    private func dropped(_ work: LinearWork) -> UnsafePointer<Float> {
        guard let mask = mask(work) else { return work.input }
        let target = work.scratch.delta + place(ofInput: work.rows.count)
        work.pass.kernels.dropout(
            mask, work.input, into: target, count: work.rows.count * inputs, first: work.rows.first * inputs)
        return UnsafePointer(target)
    }

    /// nil where nothing is dropped.
    private func mask(_ work: LinearWork) -> Dropout? { drops ? work.pass.mask(of: masked) : nil }
}

/// D of one site as the products of both directions read it; packed again when it has changed.
private final class MissBlock {
    let rank: Int
    let outputs: Int
    /// Where D [rank, outputs] begins in the parameters.
    let offset: Int
    /// D, for y += u D
    let forward: PackedMatrix
    /// D^T, for du = dy D^T
    let backward: PackedMatrix

    init(rank: Int, outputs: Int, offset: Int, kernels: Kernels) {
        (self.rank, self.outputs, self.offset) = (rank, outputs, offset)
        forward = PackedMatrix(depth: rank, columns: outputs, for: kernels)
        backward = PackedMatrix(depth: outputs, columns: rank, for: kernels)
    }

    func pack(_ pass: Pass) {
        let block = pass.parameters + offset
        pass.kernels.pack(block, depthStride: outputs, columnStride: 1, into: forward)
        if pass.isTraining { pass.kernels.pack(block, depthStride: 1, columnStride: outputs, into: backward) }
    }
}
