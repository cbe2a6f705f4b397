import Foundation
import Tensors
import Testing

@Suite struct RowTests {
    static let widths = [1, 3, 15, 16, 17, 25, 32, 64, 100]

    @Test(arguments: Kernels.available, widths)
    func `softmax sums to one and is the library's`(kernels: Kernels, columns: Int) {
        let (rows, stride) = (3, columns + 5)
        let x = Numbers(rows * stride, seed: 1, scale: 4)
        var y = x
        y.write { kernels.softmax($0, stride: stride, rows: rows, columns: columns, scale: 0.7) }
        for row in 0..<rows {
            let exponents = (0..<columns).map { exp(0.7 * Double(x[row * stride + $0])) }
            for column in 0..<columns {
                #expect(abs(Double(y[row * stride + column]) - exponents[column] / exponents.reduce(0, +)) < 1e-6)
            }
            #expect((columns..<stride).allSatisfy { y[row * stride + $0] == x[row * stride + $0] })
        }
    }

    @Test(arguments: Kernels.available)
    func `softmax of huge values is finite`(kernels: Kernels) {
        var x = Numbers([1e30, 1e30, -1e30, 0])
        x.write { kernels.softmax($0, stride: 4, rows: 1, columns: 4, scale: 1) }
        #expect(x.values == [0.5, 0.5, 0, 0] || x.difference(to: [0.5, 0.5, 0, 0]) < 1e-6)
    }

    @Test(arguments: Kernels.available, widths)
    func `softmax's backward is its gradient by differences`(kernels: Kernels, columns: Int) {
        let rows = 2
        let x = Numbers(rows * columns, seed: 2)
        let dy = Numbers(rows * columns, seed: 3)
        func forward(_ x: Numbers) -> Numbers {
            var y = x
            y.write { kernels.softmax($0, stride: columns, rows: rows, columns: columns, scale: 0.6) }
            return y
        }
        var dx = dy
        forward(x).read { y in
            dx.write {
                kernels.softmaxBackward(
                    y, dy: UnsafePointer($0), into: $0, stride: columns, rows: rows, columns: columns, scale: 0.6)
            }
        }
        #expect(dx.difference(to: numericGradient(x) { forward($0).dot(dy) }) < 2e-4)
    }

    private static func norm(_ size: Int) -> LayerNorm {
        let gamma = Numbers(Numbers(size, seed: 4, scale: 0.3).values.map { 1 + $0 })
        let beta = Numbers(size, seed: 5)
        return gamma.values.withUnsafeBufferPointer { gamma in
            beta.values.withUnsafeBufferPointer { LayerNorm(gamma: gamma, beta: $0, epsilon: 1e-6) }
        }
    }

    @Test(arguments: Kernels.available, [2, 15, 16, 33, 384])
    func `layer norm adds the residual, keeps the sum and normalizes it`(kernels: Kernels, size: Int) {
        let rows = 3
        let norm = Self.norm(size)
        let (start, residual) = (Numbers(rows * size, seed: 6), Numbers(rows * size, seed: 7))
        var x = start
        var y = Numbers(zeros: rows * size)
        residual.read { residual in
            x.write { x in y.write { kernels.layerNorm(norm, x, residual: residual, into: $0, rows: rows) } }
        }
        for row in 0..<rows {
            let sums = (0..<size).map { Double(start[row * size + $0] + residual[row * size + $0]) }
            let mean = sums.reduce(0, +) / Double(size)
            let variance = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
            for i in 0..<size {
                let expected =
                    (sums[i] - mean) / (variance + 1e-6).squareRoot() * Double(norm.gamma.base[i]) + Double(norm.beta.base[i])
                #expect(abs(Double(y[row * size + i]) - expected) < 2e-5)
                #expect(Double(x[row * size + i]) == sums[i])
            }
        }
    }

    @Test(arguments: Kernels.available, [2, 15, 16, 33])
    func `layer norm's backward is its gradient by differences`(kernels: Kernels, size: Int) {
        let rows = 2
        let norm = Self.norm(size)
        let x = Numbers(rows * size, seed: 8)
        let dy = Numbers(rows * size, seed: 9)
        func forward(_ x: Numbers) -> Numbers {
            var y = x
            y.write { kernels.layerNorm(norm, $0, into: $0, rows: rows) }
            return y
        }
        var dx = dy
        x.read { x in dx.write { kernels.layerNormBackward(norm, x, dy: UnsafePointer($0), into: $0, rows: rows) } }
        let numeric = numericGradient(x, step: 2e-3) { forward($0).dot(dy) }
        #expect(dx.difference(to: numeric) < 3e-3)
    }
}
