import Foundation
import Tensors
import Testing

@Suite struct RMSNormTests {
    private let rows = 3
    private let size = 21
    private var norm: RMSNorm {
        let gamma = Numbers(size, seed: 7)
        return gamma.values.withUnsafeBufferPointer { RMSNorm(gamma: $0, epsilon: 1e-3) }
    }

    private func forward(_ x: Numbers, _ kernels: Kernels) -> Numbers {
        var (x, y) = (x, Numbers(zeros: rows * size))
        x.write { x in y.write { kernels.rmsNorm(norm, x, into: $0, rows: rows) } }
        return y
    }

    @Test(arguments: Kernels.available)
    func `rows are divided by the root of their mean square, after the residual is added`(kernels: Kernels) {
        let (start, residual) = (Numbers(rows * size, seed: 1), Numbers(rows * size, seed: 2))
        var (x, y) = (start, Numbers(zeros: rows * size))
        x.write { x in residual.read { r in y.write { kernels.rmsNorm(norm, x, residual: r, into: $0, rows: rows) } } }
        let gamma = Numbers(size, seed: 7)
        for r in 0..<rows {
            let sums = (0..<size).map { Double(start[r * size + $0] + residual[r * size + $0]) }
            let root = (sums.reduce(0) { $0 + $1 * $1 } / Double(size) + 1e-3).squareRoot()
            for i in 0..<size {
                #expect(abs(Double(x[r * size + i]) - sums[i]) < 1e-6)
                #expect(abs(Double(y[r * size + i]) - sums[i] / root * Double(gamma[i])) < 1e-5)
            }
        }
    }

    @Test(arguments: Kernels.available)
    func `the gradient is that by differences, in place and on top of another`(kernels: Kernels) {
        let (x, dy) = (Numbers(rows * size, seed: 1), Numbers(rows * size, seed: 3))
        let numeric = numericGradient(x) { forward($0, kernels).dot(dy) }
        var inPlace = dy
        x.read { x in inPlace.write { kernels.rmsNormBackward(norm, x, dy: UnsafePointer($0), into: $0, rows: rows) } }
        #expect(inPlace.difference(to: numeric) < 2e-3)
        let before = Numbers(rows * size, seed: 4)
        var onTop = before
        x.read { x in
            dy.read { dy in onTop.write { kernels.rmsNormBackward(norm, x, dy: dy, into: $0, rows: rows, accumulate: true) } }
        }
        for i in 0..<rows * size { #expect(abs(onTop[i] - before[i] - inPlace[i]) < 1e-5) }
    }
}

@Suite struct GatedTests {
    private let count = 37

    private func gated(_ kind: GatedActivation, _ gate: Numbers, _ up: Numbers, _ kernels: Kernels) -> Numbers {
        var y = Numbers(zeros: count)
        gate.read { gate in up.read { up in y.write { kernels.gated(kind, gate, up, into: $0, count: count) } } }
        return y
    }

    @Test(arguments: Kernels.available)
    func `silu is x times its sigmoid, at the ends too`(kernels: Kernels) {
        var gate = Numbers(count, seed: 1, scale: 4)
        gate[0] = 200
        gate[1] = -200
        gate[2] = 0
        let up = Numbers(count, seed: 2)
        let y = gated(.silu, gate, up, kernels)
        for i in 0..<count {
            let x = Double(gate[i])
            let expected = x / (1 + exp(-x)) * Double(up[i])
            #expect(abs(Double(y[i]) - expected) < 1e-6 * max(1, abs(expected)))
        }
    }

    @Test(arguments: Kernels.available, [GatedActivation.silu, .geluTanh])
    func `the gradients are those by differences, in place too`(kernels: Kernels, kind: GatedActivation) {
        let (gate, up, dy) = (Numbers(count, seed: 1, scale: 2), Numbers(count, seed: 2), Numbers(count, seed: 3))
        var (dgate, dup) = (dy, Numbers(zeros: count))
        gate.read { gate in
            up.read { up in
                dgate.write { dgate in
                    dup.write {
                        kernels.gatedBackward(
                            kind, (gate: gate, up: up), dy: UnsafePointer(dgate), into: (gate: dgate, up: $0), count: count)
                    }
                }
            }
        }
        #expect(dgate.difference(to: numericGradient(gate) { gated(kind, $0, up, kernels).dot(dy) }) < 2e-3)
        #expect(dup.difference(to: numericGradient(up) { gated(kind, gate, $0, kernels).dot(dy) }) < 2e-3)
    }
}

@Suite struct RotaryTests {
    /// Two heads of 10 in rows of 25, of which the first 3 and the last 2 are others' numbers; 4 pairs turn.
    private let rows = 6
    private let stride = 25
    private let width = 10
    private let table = RotaryTable(positions: 9, half: 4) { position, pair in
        let angle = Float(position) / Float(pair + 1)
        return (1.5 * cosf(angle), 1.5 * sinf(angle))
    }

    private func turned(_ x: Numbers, from first: Int, back: Bool, _ kernels: Kernels) -> Numbers {
        var x = x
        x.write {
            kernels.rotate(
                HeadRows($0 + 3, stride: stride, heads: 2, width: width), rows: 1..<rows, from: first, table, back: back)
        }
        return x
    }

    @Test(arguments: Kernels.available)
    func `pairs of each head turn by their position, and the rest stays`(kernels: Kernels) {
        let x = Numbers(rows * stride, seed: 1)
        let y = turned(x, from: 2, back: false, kernels)
        var expected = x.values.map(Double.init)
        for row in 1..<rows {
            for head in 0..<2 {
                for pair in 0..<4 {
                    let low = row * stride + 3 + head * width + pair
                    let angle = Double(2 + row - 1) / Double(pair + 1)
                    let (a, b) = (Double(x[low]), Double(x[low + 4]))
                    expected[low] = 1.5 * (a * cos(angle) - b * sin(angle))
                    expected[low + 4] = 1.5 * (b * cos(angle) + a * sin(angle))
                }
            }
        }
        #expect(y.difference(to: expected) < 1e-6)
    }

    @Test(arguments: Kernels.available)
    func `the gradient is that by differences`(kernels: Kernels) {
        let (x, dy) = (Numbers(rows * stride, seed: 1), Numbers(rows * stride, seed: 2))
        let numeric = numericGradient(x) { turned($0, from: 1, back: false, kernels).dot(dy) }
        #expect(turned(dy, from: 1, back: true, kernels).difference(to: numeric) < 1e-3)
    }
}
