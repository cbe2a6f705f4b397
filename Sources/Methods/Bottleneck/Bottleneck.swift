import Glibc
import Layers
import Tensors

/// f(x) = up(g(down x)): to a few numbers and back, both with a bias (Houlsby et al. 2019).
final class Bottleneck: LayerInsertion {
    enum Activation: Sendable, Hashable {
        case relu, silu
    }

    /// Where the four tensors begin in the parameters.
    struct Places {
        /// [inner, width]
        let down: Int
        let downBias: Int
        /// [width, inner]
        let up: Int
        let upBias: Int
    }

    let width: Int
    private let inner: Int
    private let activation: Activation
    private let places: Places
    /// down^T [width, inner], up^T [inner, width], up [width, inner]
    private let packed: (down: PackedMatrix, up: PackedMatrix, upBack: PackedMatrix)

    init(width: Int, inner: Int, _ activation: Activation, at places: Places, kernels: Kernels) {
        (self.width, self.inner, self.activation, self.places) = (width, inner, activation, places)
        packed = (
            PackedMatrix(depth: width, columns: inner, for: kernels), PackedMatrix(depth: inner, columns: width, for: kernels),
            PackedMatrix(depth: width, columns: inner, for: kernels)
        )
    }

    var memory: Int { [packed.down, packed.up, packed.upBack].reduce(0) { $0 + $1.memoryUse.own } }

    /// What enters the activation, what leaves it, its gradient [rows, inner] each, and up's gradient turned.
    func scratchCount(rows: Int) -> Int { 3 * rows * inner + width * inner }

    func pack(_ pass: Pass) {
        let (down, up) = (pass.parameters + places.down, pass.parameters + places.up)
        pass.kernels.pack(down, depthStride: 1, columnStride: width, into: packed.down)
        pass.kernels.pack(up, depthStride: 1, columnStride: inner, into: packed.up)
        if pass.isTraining { pass.kernels.pack(up, depthStride: inner, columnStride: 1, into: packed.upBack) }
    }

    /// What enters the activation and what leaves it.
    private func narrow(_ work: LinearWork) -> (before: Floats, after: Floats) {
        let count = work.rows.count * inner
        let (before, after) = (work.scratch.delta, work.scratch.delta + count)
        let product = MatrixProduct(work.input, rowStride: width, depth: width, packed: packed.down)
        work.pass.kernels.multiply(
            [product], rows: work.rows.count, columns: inner, into: before, stride: inner,
            bias: work.pass.parameters + places.downBias)
        for i in 0..<count {
            after[i] =
                switch activation {
                case .relu: max(0, before[i])
                case .silu: before[i] / (1 + exp(-before[i]))
                }
        }
        return (before, after)
    }

    func forward(_ work: LinearWork, onto y: Floats) {
        let product = MatrixProduct(narrow(work).after, rowStride: inner, depth: inner, packed: packed.up)
        work.pass.kernels.multiply(
            [product], rows: work.rows.count, columns: width, into: y, stride: width,
            bias: work.pass.parameters + places.upBias, accumulate: true)
    }

    func backward(_ dy: UnsafePointer<Float>, _ work: LinearWork, into gradients: Floats, onto dx: Floats) {
        let (rows, kernels) = (work.rows.count, work.pass.kernels)
        let (before, after) = narrow(work)
        let slope = after + rows * inner
        let turned = slope + rows * inner
        let da = MatrixProduct(dy, rowStride: width, depth: width, packed: packed.upBack)
        kernels.multiply([da], rows: rows, columns: inner, into: slope, stride: inner)
        for i in 0..<rows * inner { slope[i] *= derivative(before[i]) }
        let up = MatrixProduct(after, rowStride: 1, depthStride: inner, depth: rows, plain: dy, bStride: width)
        kernels.multiply([up], rows: inner, columns: width, into: turned, stride: width)
        kernels.transpose(turned, rows: inner, columns: width, scale: 1, into: gradients + places.up)
        let down = MatrixProduct(slope, rowStride: 1, depthStride: inner, depth: rows, plain: work.input, bStride: width)
        kernels.multiply([down], rows: inner, columns: width, into: gradients + places.down, stride: width)
        addRows(dy, width, rows, into: gradients + places.upBias)
        addRows(slope, inner, rows, into: gradients + places.downBias)
        let product = MatrixProduct(
            slope, rowStride: inner, depth: inner, plain: work.pass.parameters + places.down, bStride: width)
        kernels.multiply([product], rows: rows, columns: width, into: dx, stride: width, accumulate: true)
    }

    private func derivative(_ x: Float) -> Float {
        switch activation {
        case .relu: return x > 0 ? 1 : 0
        case .silu:
            let gate = 1 / (1 + exp(-x))
            return gate * (1 + x * (1 - gate))
        }
    }

    private func addRows(_ x: UnsafePointer<Float>, _ width: Int, _ rows: Int, into sum: Floats) {
        sum.update(repeating: 0, count: width)
        for row in 0..<rows {
            for i in 0..<width { sum[i] += x[row * width + i] }
        }
    }
}
