import Layers
import Tensors

/// B of one site as the products of both directions read it, already scaled by alpha / rank; packed again when it has changed.
final class LowRankPair {
    let rank: Int
    let inputs: Int
    let outputs: Int
    let scale: Float
    /// Where A and B begin in the parameters.
    let aOffset: Int
    let bOffset: Int
    /// Where in the group's x A^T its own begins.
    let column: Int
    /// scale * B^T [rank, outputs], for y += u (scale B)^T
    let forward: PackedMatrix
    /// scale * B [outputs, rank], for du = dy (scale B)
    let backward: PackedMatrix

    var turnedCount: Int { rank * outputs }

    init(_ site: Site, _ size: (rank: Int, scale: Float), offsets: (a: Int, b: Int), column: Int, kernels: Kernels) {
        (rank, scale) = size
        (inputs, outputs) = (site.inputs, site.outputs)
        (aOffset, bOffset) = offsets
        self.column = column
        forward = PackedMatrix(depth: rank, columns: site.outputs, for: kernels)
        backward = PackedMatrix(depth: site.outputs, columns: rank, for: kernels)
    }

    func pack(_ pass: Pass) {
        let b = pass.parameters + bOffset
        pass.kernels.pack(b, depthStride: 1, columnStride: rank, scale: scale, into: forward)
        if pass.isTraining { pass.kernels.pack(b, depthStride: rank, columnStride: 1, scale: scale, into: backward) }
    }
}
