import Foundation
import Tensors
import Testing

@Suite struct ElementTests {
    private static let points = Numbers(stride(from: Float(-12), through: 12, by: 0.037).map(\.self))

    private static func gelu(_ kind: Kernels.GELU, _ x: Double) -> Double {
        switch kind {
        case .erf: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
        case .tanh: 0.5 * x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        }
    }

    @Test(arguments: Kernels.available, [Kernels.GELU.erf, .tanh])
    func `gelu is the library's function`(kernels: Kernels, kind: Kernels.GELU) {
        let x = Self.points
        var y = Numbers(zeros: x.count)
        x.read { x in y.write { kernels.gelu(kind, x, into: $0, count: Self.points.count) } }
        for (x, y) in zip(x.values, y.values) {
            #expect(abs(Double(y) - Self.gelu(kind, Double(x))) < 3e-6, "\(x)")
        }
    }

    @Test(arguments: Kernels.available, [Kernels.GELU.erf, .tanh])
    func `gelu's backward is its slope by differences`(kernels: Kernels, kind: Kernels.GELU) {
        let x = Self.points
        let dy = Numbers(x.count, seed: 1)
        var dx = dy
        x.read { x in
            dx.write { kernels.geluBackward(kind, x, dy: UnsafePointer($0), into: $0, count: dy.count) }
        }
        for i in x.values.indices {
            let point = Double(x[i])
            let slope = (Self.gelu(kind, point + 1e-5) - Self.gelu(kind, point - 1e-5)) / 2e-5
            #expect(abs(Double(dx[i]) - slope * Double(dy[i])) < 1e-5, "\(point)")
        }
    }

    @Test(arguments: Kernels.available)
    func `tanh and its backward`(kernels: Kernels) {
        let x = Self.points
        var y = Numbers(zeros: x.count)
        x.read { x in y.write { kernels.tanh(x, into: $0, count: Self.points.count) } }
        let dy = Numbers(x.count, seed: 2)
        var dx = Numbers(zeros: x.count)
        y.read { y in dy.read { dy in dx.write { kernels.tanhBackward(y, dy: dy, into: $0, count: Self.points.count) } } }
        for i in x.values.indices {
            let exact = Foundation.tanh(Double(x[i]))
            #expect(abs(Double(y[i]) - exact) < 5e-7)
            let slope = (Foundation.tanh(Double(x[i]) + 1e-5) - Foundation.tanh(Double(x[i]) - 1e-5)) / 2e-5
            #expect(abs(Double(dx[i]) - slope * Double(dy[i])) < 2e-6)
        }
    }

    @Test(arguments: Kernels.available, [1, 15, 16, 17, 100])
    func `sums of three and scaled sums touch exactly their count`(kernels: Kernels, count: Int) {
        let (x, a, b) = (Numbers(count, seed: 3), Numbers(count, seed: 4), Numbers(count, seed: 5))
        var y = Numbers([Float](repeating: 9, count: count + 20))
        x.read { x in a.read { a in b.read { b in y.write { kernels.add(x, a, b, into: $0, count: count) } } } }
        #expect((0..<count).allSatisfy { y[$0] == x[$0] + a[$0] + b[$0] })
        #expect(y.values[count...].allSatisfy { $0 == 9 })
        x.read { x in y.write { kernels.addScaled(x, by: 2, to: $0, count: count) } }
        #expect((0..<count).allSatisfy { abs(y[$0] - (3 * x[$0] + a[$0] + b[$0])) < 1e-5 })
        #expect(y.values[count...].allSatisfy { $0 == 9 })
    }

    @Test(arguments: Kernels.available, [0, 1, 16, 1000, 5000])
    func `the squared norm is that of all elements`(kernels: Kernels, count: Int) {
        let x = Numbers(count, seed: 6)
        let norm = x.values.withUnsafeBufferPointer { squaredNorm($0, kernels: kernels) }
        let expected = x.dot(x)
        #expect(abs(norm - expected) <= 1e-6 * expected)
    }

    @Test(arguments: Kernels.available)
    func `cross-entropy and its gradient by differences`(kernels: Kernels) {
        let (rows, classes) = (5, 3)
        let logits = Numbers(rows * classes, seed: 7, scale: 2)
        let targets: [Int32] = [0, 2, 1, 1, 0]
        func loss(_ logits: Numbers) -> Double {
            logits.read {
                kernels.crossEntropy($0, targets: targets, rows: rows, classes: classes, scale: 1, gradient: nil)
            }
        }
        let expected = (0..<rows).reduce(0.0) { total, row in
            let exponents = (0..<classes).map { exp(Double(logits[row * classes + $0])) }
            return total - log(exponents[Int(targets[row])] / exponents.reduce(0, +))
        }
        #expect(abs(loss(logits) - expected) < 1e-6)
        var gradient = Numbers(zeros: logits.count)
        logits.read { logits in
            gradient.write {
                _ = kernels.crossEntropy(logits, targets: targets, rows: rows, classes: classes, scale: 0.5, gradient: $0)
            }
        }
        let numeric = numericGradient(logits, step: 1e-3, loss).map { 0.5 * $0 }
        #expect(gradient.difference(to: numeric) < 1e-4)
    }

    @Test func `the loss of a sure and right answer is zero, of huge logits finite`() {
        let logits = Numbers([1000, -1000, -1000, 1000])
        let loss = logits.read {
            Kernels.current.crossEntropy($0, targets: [0, 0], rows: 2, classes: 2, scale: 1, gradient: nil)
        }
        #expect(loss == 2000)
    }
}
