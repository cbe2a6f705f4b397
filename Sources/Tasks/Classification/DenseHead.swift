import Backbones
import Layers
import Tensors

/// rows' = activation(rows W^T + bias), and a linear head on these.
final class DenseHead: AttachedHead {
    private let activation: ClassifierShape.Inner.Activation
    private let hidden: Int
    /// Where weight [hidden, hidden] and bias [hidden] lie in the parameters.
    private let weightOffset: Int
    private let biasOffset: Int
    private let last: LinearHead
    /// weight^T [hidden, hidden]
    private let packed: PackedMatrix

    init(
        _ activation: ClassifierShape.Inner.Activation, hidden: Int, weightOffset: Int, biasOffset: Int,
        before last: LinearHead,
        kernels: Kernels
    ) {
        (self.activation, self.hidden, self.last) = (activation, hidden, last)
        (self.weightOffset, self.biasOffset) = (weightOffset, biasOffset)
        packed = PackedMatrix(depth: hidden, columns: hidden, for: kernels)
    }

    /// The sums, what becomes of them, its gradient, and what the last layer needs.
    func scratchCount(rows: Int) -> Int { 3 * lines(rows) + last.scratchCount(rows: rows) }

    private func lines(_ rows: Int) -> Int { (rows * hidden + 15) / 16 * 16 }

    var memory: Int { packed.memoryUse.own + last.memory }

    func pack(_ pass: Pass) {
        pass.kernels.pack(pass.parameters + weightOffset, depthStride: 1, columnStride: hidden, into: packed)
        last.pack(pass)
    }

    func forward(_ rows: HiddenRows, targets: Targets, into logits: Floats, scratch: Floats, pass: Pass) {
        last.forward(
            dense(rows, scratch, pass), targets: targets, into: logits, scratch: scratch + 3 * lines(rows.rows.count),
            pass: pass)
    }

    /// Leaves the sums in the scratch, after them the rows that the last layer reads, and after these has room for their gradient.
    private func dense(_ rows: HiddenRows, _ sums: Floats, _ pass: Pass) -> HiddenRows {
        let (count, active) = (rows.rows.count, sums + lines(rows.rows.count))
        pass.kernels.multiply(
            [MatrixProduct(rows.values, rowStride: hidden, depth: hidden, packed: packed)], rows: count, columns: hidden,
            into: sums, stride: hidden, bias: pass.parameters + biasOffset)
        switch activation {
        case .tanh: pass.kernels.tanh(sums, into: active, count: count * hidden)
        case .gelu: pass.kernels.gelu(.erf, sums, into: active, count: count * hidden)
        case .relu: for i in 0..<count * hidden { active[i] = max(0, sums[i]) }
        }
        return HiddenRows(values: active, gradient: active + lines(count), rows: rows.rows)
    }

    func step(_ rows: HiddenRows, targets: Targets, weight: Float, scratch: Floats, pass: Pass) -> Double {
        let (count, kernels) = (rows.rows.count, pass.kernels)
        let inner = dense(rows, scratch, pass)
        let loss = last.step(
            inner, targets: targets, weight: weight, scratch: scratch + 3 * lines(count), pass: pass)
        guard let gradients = pass.gradients, let gradient = inner.gradient else { return loss }
        backward(inner.values, sums: scratch, gradient: gradient, count: count, kernels)
        let weightGradient = MatrixProduct(
            gradient, rowStride: 1, depthStride: hidden, depth: count, plain: rows.values, bStride: hidden)
        kernels.multiply([weightGradient], rows: hidden, columns: hidden, into: gradients + weightOffset, stride: hidden)
        (gradients + biasOffset).update(repeating: 0, count: hidden)
        for row in 0..<count {
            kernels.addScaled(gradient + row * hidden, by: 1, to: gradients + biasOffset, count: hidden)
        }
        guard let rowGradient = rows.gradient else { return loss }
        let product = MatrixProduct(
            gradient, rowStride: hidden, depth: hidden, plain: pass.parameters + weightOffset, bStride: hidden)
        kernels.multiply([product], rows: count, columns: hidden, into: rowGradient, stride: hidden)
        return loss
    }

    /// Through the activation, in place.
    private func backward(_ active: Floats, sums: Floats, gradient: Floats, count: Int, _ kernels: Kernels) {
        switch activation {
        case .tanh: kernels.tanhBackward(active, dy: gradient, into: gradient, count: count * hidden)
        case .gelu: kernels.geluBackward(.erf, sums, dy: gradient, into: gradient, count: count * hidden)
        case .relu: for i in 0..<count * hidden where sums[i] <= 0 { gradient[i] = 0 }
        }
    }
}
