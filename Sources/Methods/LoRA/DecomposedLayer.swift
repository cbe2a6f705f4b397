import Layers
import Tensors

/// DoRA's part in one layer: what each output is multiplied by.
final class DecomposedLayer {
    private let pair: LowRankPair
    /// Where the lengths m [outputs] lie in the parameters.
    private let lengths: Int
    /// m / n of each output, 1 / n, and (1 - m / n) * bias, which leaves the bias as it is.
    private let factors: FloatStorage
    private let inverses: FloatStorage
    private let shifts: FloatStorage
    /// A W^T [rank, outputs], A A^T [rank, all the group's ranks] and B A A^T [outputs, rank].
    private let crossed: FloatStorage
    private let gram: FloatStorage
    private let weighted: FloatStorage
    /// A in bf16, where W is.
    private let narrow: FloatStorage
    /// The squared lengths of W's rows, once they are known.
    private var squares: [Double] = []
    private var bias: FloatStorage
    private(set) var linear: Linear?

    var outputs: Int { pair.outputs }

    /// - Parameter ranks: of all the group's pairs together.
    init(_ pair: LowRankPair, ranks: Int, lengths: Int) {
        (self.pair, self.lengths) = (pair, lengths)
        (factors, inverses) = (FloatStorage(count: pair.outputs), FloatStorage(count: pair.outputs))
        (shifts, bias) = (FloatStorage(count: pair.outputs), FloatStorage(count: pair.outputs))
        crossed = FloatStorage(count: pair.rank * pair.outputs)
        gram = FloatStorage(count: pair.rank * ranks)
        weighted = FloatStorage(count: pair.outputs * pair.rank)
        narrow = FloatStorage(count: pair.rank * (pair.inputs / 2 + 1))
    }

    func attach(to linear: Linear) {
        self.linear = linear
        bias = linear.bias ?? bias
    }

    private var isNarrow: Bool { linear?.forwardWeight.precision == .bf16 }

    var memory: Int {
        let storages = [factors, inverses, shifts, crossed, gram, weighted] + (isNarrow ? [narrow] : [])
        return storages.reduce(outputs * MemoryLayout<Double>.stride) { $0 + FloatStorage.memory(count: $1.count) }
    }

    /// What frozen weights multiply, in the pass's scratch where they are bf16.
    func input(_ x: UnsafePointer<Float>, _ size: (rows: Int, columns: Int), stride: Int, _ work: LinearWork) -> FrozenInput {
        FrozenInput(x, size, stride: stride, narrow: isNarrow ? work.scratch.narrow : nil, kernels: work.pass.kernels)
    }

    /// The lengths n that the rows of W + s B A have as the parameters are now, without that matrix:
    /// n^2 = |W|^2 + 2 s B (A W^T) + s^2 B (A A^T) B^T, row by row.
    ///
    /// - Parameters:
    ///   - packedA: A^T of the whole group [inputs, ranks].
    func weigh(_ packedA: PackedMatrix, _ pass: Pass) {
        guard let weight = linear?.forwardWeight else { preconditionFailure("a layer without weights") }
        if squares.isEmpty { squares = weight.columnSquares(kernels: pass.kernels) }
        let (rank, inputs, scale) = (pair.rank, pair.inputs, Double(pair.scale))
        let (a, b) = (pass.parameters + pair.aOffset, pass.parameters + pair.bOffset)
        let place = UnsafeMutableRawPointer(narrow.base).assumingMemoryBound(to: BFloat16.self)
        let input = FrozenInput(a, (rank, inputs), stride: inputs, narrow: isNarrow ? place : nil, kernels: pass.kernels)
        pass.kernels.multiply([input.times(weight)], rows: rank, columns: outputs, into: crossed.base, stride: outputs)
        let square = MatrixProduct(a, rowStride: inputs, depth: inputs, packed: packedA)
        pass.kernels.multiply([square], rows: rank, columns: packedA.columns, into: gram.base, stride: packedA.columns)
        let product = MatrixProduct(
            b, rowStride: rank, depth: rank, plain: gram.base + pair.column, bStride: packedA.columns)
        pass.kernels.multiply([product], rows: outputs, columns: rank, into: weighted.base, stride: rank)
        for output in 0..<outputs {
            var square = squares[output]
            for k in 0..<rank {
                let place = output * rank + k
                let sum = 2 * Double(crossed.base[k * outputs + output]) + scale * Double(weighted.base[place])
                square += scale * Double(b[place]) * sum
            }
            let (length, wanted) = (max(0, square).squareRoot(), pass.parameters[lengths + output])
            // A row of zeros has no direction: nothing that it is multiplied by shows.
            inverses.base[output] = length > 0 ? Float(1 / length) : 0
            factors.base[output] = length > 0 ? wanted / Float(length) : 1
            shifts.base[output] = (1 - factors.base[output]) * bias.base[output]
        }
    }

    // MARK: - Forward

    /// y = m / n * (y - bias) + bias.
    ///
    /// - Parameter sums: gets y - bias [rows, outputs]; nil: it is not kept.
    func scale(_ output: Floats, stride: Int, rows: Int, keeping sums: Floats?, _ kernels: Kernels) {
        kernels.scaleColumns(
            FloatRows(output, stride: stride), rows: rows, columns: outputs,
            by: ColumnScale(factors.base, shifts: shifts.base, bias: bias.base),
            keeping: sums.map { FloatRows($0, stride: outputs) })
    }

    /// y += (m / n - 1) * sums.
    func add(_ sums: UnsafePointer<Float>, to output: Floats, stride: Int, rows: Int) {
        let (count, factors) = (outputs, factors.base)
        for row in 0..<rows {
            let (values, sums) = (output + row * stride, sums + row * count)
            for i in 0..<count { values[i] += (factors[i] - 1) * sums[i] }
        }
    }

    // MARK: - Backward

    /// dm = the sum over rows of dy * sums / n, and m / n * dy in `changed`.
    func turn(
        _ dy: FloatRows, sums: Floats, rows: Int, into changed: FloatRows, lengths gradients: Floats, _ kernels: Kernels
    ) {
        let slopes = gradients + lengths
        slopes.update(repeating: 0, count: outputs)
        kernels.scaleColumnsBackward(
            factors.base, dy: dy, x: FloatRows(sums, stride: outputs), rows: rows, columns: outputs, adding: slopes,
            into: changed)
        for i in 0..<outputs { slopes[i] *= inverses.base[i] }
    }

    /// (m / n - 1) * dy, row by row.
    func excess(_ dy: FloatRows, rows: Int, into changed: FloatRows) {
        let (count, factors) = (outputs, factors.base)
        for row in 0..<rows {
            let (dy, target) = (dy.base + row * dy.stride, changed.base + row * changed.stride)
            for i in 0..<count { target[i] = (factors[i] - 1) * dy[i] }
        }
    }
}
