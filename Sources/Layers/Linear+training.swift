package import Tensors

extension Linear {
    /// One whose weight is trained: it is packed before each pass, in one copy for both directions.
    ///
    /// - Parameter isPlan: whether it only tells what it would take.
    package convenience init(
        trained site: Site, bias: UnsafeBufferPointer<Float>?, isPlan: Bool, kernels: Kernels
    ) {
        let forward =
            isPlan
            ? PackedMatrix(planned: site.inputs, site.outputs, .fp32, for: kernels)
            : PackedMatrix(depth: site.inputs, columns: site.outputs, for: kernels)
        self.init(site, forward: forward, backward: PackedMatrix(turning: forward), bias: bias)
    }

    /// Takes over what is trained of it, as it is now.
    func pack(_ pass: Pass) {
        if let place = places.weight {
            pass.kernels.pack(pass.parameters + place, depthStride: 1, columnStride: site.inputs, into: forwardWeight)
        }
        if let place = places.bias { bias?.base.update(from: pass.parameters + place, count: site.outputs) }
    }

    /// Adds dW = dy^T x and db = the sum of dy's rows to their gradients.
    ///
    /// - Parameters:
    ///   - dy: [rows, outputs], `stride` floats from row to row.
    ///   - input: x as ``TurnedProducts`` reads it; nil where no weight is trained.
    func addGradients(_ dy: UnsafePointer<Float>, stride: Int, _ work: LinearWork, _ products: TurnedProducts?) {
        guard let sums = work.pass.baseGradients, work.rows.count > 0 else { return }
        if let place = places.bias {
            work.pass.kernels.addColumnSums(
                dy, stride: stride, rows: work.rows.count, columns: site.outputs, to: sums + place)
        }
        if let place = places.weight { products?.add(dy, stride: stride, outputs: site.outputs, to: sums + place) }
    }
}

/// Sums of products dy^T x [outputs, inputs], of several dy with one x: x lies packed, and dy is turned a piece at a time, so that both
/// are read as the kernels read them best.
struct TurnedProducts {
    private let packed: PackedMatrix
    private let turned: Floats
    private let rows: Int
    private let kernels: Kernels

    /// Outputs that are turned at once.
    private static let piece = 512

    /// Floats of scratch.
    static func scratchCount(rows: Int, inputs: Int) -> Int { rows * (inputs + 15) / 16 * 16 + rows * 16 + rows * piece }

    /// - Parameters:
    ///   - x: [rows, inputs].
    ///   - owner: keeps the scratch.
    init(_ x: UnsafePointer<Float>, rows: Int, inputs: Int, scratch: Floats, of owner: AnyObject, kernels: Kernels) {
        (self.rows, self.kernels) = (rows, kernels)
        packed = PackedMatrix(
            depth: rows, columns: inputs, precision: .fp32, in: PackedMemory(scratch, of: owner), for: kernels)
        kernels.pack(x, depthStride: inputs, columnStride: 1, into: packed)
        turned = scratch + rows * ((inputs + 15) / 16 * 16)
    }

    func add(_ dy: UnsafePointer<Float>, stride: Int, outputs: Int, to sums: Floats) {
        for first in Swift.stride(from: 0, to: outputs, by: Self.piece) {
            let count = min(Self.piece, outputs - first)
            kernels.turn(dy + first, stride: stride, rows: rows, columns: count, into: turned)
            kernels.multiply(
                [MatrixProduct(turned, rowStride: rows, depth: rows, packed: packed)], rows: count,
                columns: packed.columns, into: sums + first * packed.columns, stride: packed.columns, accumulate: true)
        }
    }
}
