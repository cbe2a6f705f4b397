import Backbones
import Layers
import Tensors

/// logits = rows W^T + bias, and their cross-entropy.
final class LinearHead: AttachedHead {
    private let classes: Int
    private let hidden: Int
    /// Where weight [classes, hidden] and bias [classes], if there is one, lie in the parameters.
    private let weightOffset: Int
    private let biasOffset: Int?
    /// weight^T [hidden, classes]
    private let packed: PackedMatrix
    private let loss: CrossEntropy

    init(classes: Int, hidden: Int, weightOffset: Int, biasOffset: Int?, loss: CrossEntropy, kernels: Kernels) {
        self.classes = classes
        self.hidden = hidden
        self.weightOffset = weightOffset
        self.biasOffset = biasOffset
        self.loss = loss
        packed = PackedMatrix(depth: hidden, columns: classes, for: kernels)
    }

    /// The logits, and after them their gradient.
    func scratchCount(rows: Int) -> Int { Self.lines(rows * classes) * 2 }

    var memory: Int { packed.memoryUse.own }

    private static func lines(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    func pack(_ pass: Pass) {
        pass.kernels.pack(pass.parameters + weightOffset, depthStride: 1, columnStride: hidden, into: packed)
    }

    func forward(_ rows: HiddenRows, targets: Targets, into logits: Floats, scratch: Floats, pass: Pass) {
        forward(rows, into: logits, pass)
    }

    private func forward(_ rows: HiddenRows, into logits: Floats, _ pass: Pass) {
        pass.kernels.multiply(
            [MatrixProduct(rows.values, rowStride: hidden, depth: hidden, packed: packed)], rows: rows.rows.count,
            columns: classes, into: logits, stride: classes, bias: biasOffset.map { pass.parameters + $0 })
    }

    func step(
        _ rows: HiddenRows, targets: Targets, weight: Float, scratch: Floats, pass: Pass
    ) -> Double {
        let (count, kernels, logits) = (rows.rows.count, pass.kernels, scratch)
        let logitGradient = scratch + Self.lines(count * classes)
        forward(rows, into: logits, pass)
        let loss = targets.classes.withUnsafeBufferPointer { targets in
            targets.baseAddress.map {
                self.loss.sum(
                    Logits(logits, rows: count, classes: classes, stride: classes), targets: $0 + rows.rows.first,
                    scale: weight, gradient: logitGradient, kernels)
            } ?? 0
        }
        guard let gradients = pass.gradients else { return loss }
        let weightGradient = MatrixProduct(
            logitGradient, rowStride: 1, depthStride: classes, depth: count, plain: rows.values, bStride: hidden)
        kernels.multiply([weightGradient], rows: classes, columns: hidden, into: gradients + weightOffset, stride: hidden)
        if let biasOffset {
            for j in 0..<classes {
                gradients[biasOffset + j] = (0..<count).reduce(0) { $0 + logitGradient[$1 * classes + j] }
            }
        }
        guard let gradient = rows.gradient else { return loss }
        let rowGradient = MatrixProduct(
            logitGradient, rowStride: classes, depth: classes, plain: pass.parameters + weightOffset, bStride: hidden)
        kernels.multiply([rowGradient], rows: count, columns: hidden, into: gradient, stride: hidden)
        return loss
    }
}
