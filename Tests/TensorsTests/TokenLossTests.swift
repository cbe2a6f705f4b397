import Foundation
import Tensors
import Testing

@Suite struct TokenLossTests {
    @Test(arguments: Kernels.available, [1, 15, 16, 17, 333])
    func `losses and gradients are those in double precision`(kernels: Kernels, classes: Int) {
        let (rows, stride) = (7, (classes + 15) / 16 * 16 + 16)
        var random = RandomSource(seed: UInt64(classes))
        let logits = FloatStorage(count: rows * stride)
        for i in 0..<logits.count { logits.base[i] = Float(6 * random.normal()) }
        // A row far from zero, and one with a logit far above the others.
        for i in 0..<classes { logits.base[stride + i] += 300 }
        logits.base[2 * stride + classes / 2] = 90
        let plain = FloatStorage(count: rows * classes)
        for row in 0..<rows {
            for i in 0..<classes { plain.base[row * classes + i] = logits.base[row * stride + i] }
        }
        let before = Array(logits.values)
        let targets = (0..<rows).map { Int32($0 * 5 % classes) }
        let gradient = FloatStorage(count: rows * classes)
        let sum = kernels.crossEntropy(
            plain.base, targets: targets, rows: rows, classes: classes, scale: 0.25, gradient: gradient.base)
        let results = FloatStorage(count: 2 * rows)
        let losses = TokenLosses(losses: results.base, hits: results.base + rows)
        let view = Logits(logits.base, rows: rows, classes: classes, stride: stride)
        kernels.tokenLosses(view, targets: targets, into: losses)
        #expect(Array(logits.values) == before)
        let first = Array(results.values)
        kernels.tokenLosses(view, targets: targets, into: losses, gradientScale: 0.25)
        #expect(Array(results.values) == first)
        #expect(abs(first.prefix(rows).reduce(0) { $0 + Double($1) } - sum) < 1e-4 * max(1, sum))
        for row in 0..<rows {
            let own = (0..<classes).map { plain.base[row * classes + $0] }
            #expect((results.base[rows + row] == 1) == (own[Int(targets[row])] == own.max()))
            for i in 0..<classes {
                #expect(abs(logits.base[row * stride + i] - gradient.base[row * classes + i]) < 1e-6)
            }
            // What is between the rows is nobody's.
            #expect((classes..<stride).allSatisfy { logits.base[row * stride + $0] == before[row * stride + $0] })
        }
    }

    @Test(arguments: Kernels.available, [1, 17, 333])
    func `bounded logits have the losses of their bounds, and the gradient of what is bounded`(kernels: Kernels, classes: Int) {
        let (rows, stride, cap) = (5, (classes + 15) / 16 * 16, 3.0)
        var random = RandomSource(seed: UInt64(classes))
        let logits = FloatStorage(count: rows * stride)
        for i in 0..<logits.count { logits.base[i] = Float(4 * random.normal()) }
        let before = logits.values.map { Double($0) }
        let targets = (0..<rows).map { Int32($0 * 5 % classes) }
        let results = FloatStorage(count: 2 * rows)
        kernels.tokenLosses(
            Logits(logits.base, rows: rows, classes: classes, stride: stride, cap: Float(cap)), targets: targets,
            into: TokenLosses(losses: results.base, hits: results.base + rows), gradientScale: 0.25)
        for row in 0..<rows {
            let bounds = (0..<classes).map { tanh(before[row * stride + $0] / cap) }
            let total = bounds.reduce(0) { $0 + exp(cap * $1) }
            let own = Int(targets[row])
            #expect(abs(Double(results.base[row]) - (log(total) - cap * bounds[own])) < 1e-5)
            #expect((results.base[rows + row] == 1) == (bounds[own] == bounds.max()))
            for (i, bound) in bounds.enumerated() {
                let share = exp(cap * bound) / total - (i == own ? 1 : 0)
                #expect(abs(Double(logits.base[row * stride + i]) - 0.25 * share * (1 - bound * bound)) < 1e-6)
            }
        }
    }
}
