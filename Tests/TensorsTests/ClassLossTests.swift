import Foundation
import Tensors
import Testing

/// Cross-entropies with weights of classes and label smoothing beside torch's (Benchmarks/fixtures/make_loop_fixtures.py).
@Suite struct ClassLossTests {
    private struct Golden: Decodable {
        let classes: Int
        let smoothing: Float
        let weights: [Float]
        let logits: [Float]
        let targets: [Int32]
        let loss: Double
        let gradient: [Double]
    }

    private static func golden() throws -> [Golden] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/class-losses.json")
        return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    }

    private static func sum(
        _ loss: CrossEntropy, _ logits: [Float], _ targets: [Int32], scale: Float, _ kernels: Kernels = .current
    ) -> (loss: Double, gradient: [Float]) {
        let classes = logits.count / targets.count
        let (values, gradient) = (FloatStorage(count: logits.count), FloatStorage(count: logits.count))
        for (i, value) in logits.enumerated() { values.base[i] = value }
        let view = Logits(values.base, rows: targets.count, classes: classes, stride: classes)
        let sum = targets.withUnsafeBufferPointer { targets in
            targets.baseAddress.map { loss.sum(view, targets: $0, scale: scale, gradient: gradient.base, kernels) } ?? .nan
        }
        return (sum, Array(gradient.values))
    }

    @Test(arguments: Kernels.available) func `losses and gradients are torch's`(kernels: Kernels) throws {
        let all = try Self.golden()
        #expect(all.contains { !$0.weights.isEmpty && $0.smoothing > 0 } && all.contains { $0.smoothing == 1 })
        for golden in all {
            var loss = CrossEntropy()
            (loss.smoothing, loss.weights) = (golden.smoothing, golden.weights)
            let whole = loss.whole(of: golden.targets)
            let found = Self.sum(loss, golden.logits, golden.targets, scale: Float(1 / whole), kernels)
            let words = "\(golden.classes) classes, smoothing \(golden.smoothing)"
            #expect(abs(found.loss / whole - golden.loss) < 1e-6, "\(words)")
            for (ours, theirs) in zip(found.gradient, golden.gradient) {
                #expect(abs(Double(ours) - theirs) < 1e-6, "\(words)")
            }
        }
    }

    @Test func `the gradient is the loss's slope by differences`() {
        var loss = CrossEntropy()
        (loss.smoothing, loss.weights) = (0.15, [0.5, 2, 1, 3])
        let logits = Numbers(12, seed: 7, scale: 2).values
        let targets: [Int32] = [0, 3, 2]
        let gradient = Self.sum(loss, logits, targets, scale: 0.5).gradient
        for i in logits.indices {
            func moved(by step: Float) -> Double {
                var logits = logits
                logits[i] += step
                return Self.sum(loss, logits, targets, scale: 1).loss
            }
            #expect(abs((moved(by: 1e-3) - moved(by: -1e-3)) / 2e-3 * 0.5 - Double(gradient[i])) < 1e-4)
        }
    }

    @Test func `without weights and smoothing it is the plain loss, bit for bit`() {
        let logits = Numbers(20, seed: 9, scale: 3).values
        let targets: [Int32] = [1, 0, 4, 2]
        let found = Self.sum(CrossEntropy(), logits, targets, scale: 0.25)
        var gradient = [Float](repeating: 0, count: 20)
        let plain = gradient.withUnsafeMutableBufferPointer { gradient in
            Kernels.current.crossEntropy(
                logits, targets: targets, rows: 4, classes: 5, scale: 0.25, gradient: gradient.baseAddress)
        }
        #expect(found.loss == plain && found.gradient == gradient)
    }

    /// Over a vocabulary, where the logits become their gradient in place.
    @Test(arguments: Kernels.available, [Float(0), 3])
    func `smoothed losses of tokens are those of classes, bounded or not`(kernels: Kernels, cap: Float) {
        let (rows, classes, stride) = (4, 77, 96)
        let logits = Numbers(rows * stride, seed: 3, scale: 4).values
        let targets: [Int32] = [0, 76, 13, 40]
        var loss = CrossEntropy()
        loss.smoothing = 0.1
        let bounded = (0..<rows).flatMap { row in
            (0..<classes).map { cap > 0 ? cap * tanh(logits[row * stride + $0] / cap) : logits[row * stride + $0] }
        }
        let expected = Self.sum(loss, bounded, targets, scale: 0.25)
        let (values, results) = (FloatStorage(count: rows * stride), FloatStorage(count: 2 * rows))
        for (i, value) in logits.enumerated() { values.base[i] = value }
        kernels.tokenLosses(
            Logits(values.base, rows: rows, classes: classes, stride: stride, cap: cap > 0 ? cap : nil), targets: targets,
            into: TokenLosses(losses: results.base, hits: results.base + rows), gradientScale: 0.25, smoothing: 0.1)
        #expect(abs(results.values.prefix(rows).reduce(0) { $0 + Double($1) } - expected.loss) < 1e-4)
        for row in 0..<rows {
            for i in 0..<classes {
                let slope = cap > 0 ? 1 - (bounded[row * classes + i] / cap) * (bounded[row * classes + i] / cap) : 1
                #expect(abs(values.base[row * stride + i] - expected.gradient[row * classes + i] * slope) < 1e-6)
            }
            #expect((classes..<stride).allSatisfy { values.base[row * stride + $0] == logits[row * stride + $0] })
        }
    }
}
