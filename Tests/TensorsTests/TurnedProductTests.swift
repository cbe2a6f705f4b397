import Tensors
import Testing

/// Products with the transpose of a packed matrix, which is turned tile by tile.
@Suite struct TurnedProductTests {
    /// Rows of the left-hand side, and W's rows and columns: within a panel and beyond it, odd, deeper than a tile, wider than one.
    static let shapes = [
        (1, 1, 1), (3, 17, 5), (2, 16, 16), (7, 48, 33), (5, 50, 47), (9, 31, 100), (4, 865, 130), (3, 1700, 50), (6, 90, 1300),
    ]

    /// W [outputs, inputs], packed for the forward pass and, for comparison, for the backward pass.
    struct Packed {
        let forward: PackedMatrix
        let backward: PackedMatrix

        init(_ weight: Numbers, outputs: Int, inputs: Int, _ precision: WeightPrecision, _ kernels: Kernels) {
            let forward = PackedMatrix(depth: inputs, columns: outputs, precision: precision, for: kernels)
            let backward = PackedMatrix(depth: outputs, columns: inputs, precision: precision, for: kernels)
            weight.read {
                kernels.packFrozen($0, depthStride: 1, columnStride: inputs, into: forward)
                kernels.packFrozen($0, depthStride: inputs, columnStride: 1, into: backward)
            }
            (self.forward, self.backward) = (forward, backward)
        }
    }

    /// The gradient of the input of two layers, with what an adapter adds to it, on top of what is there.
    private func gradient(_ dy: Numbers, _ weights: [PackedMatrix], rows: Int, _ kernels: Kernels) -> Numbers {
        let (depth, columns) = (weights[0].depth, weights[0].columns)
        let (low, a) = (Numbers(rows * 3, seed: 5), Numbers(3 * columns, seed: 6))
        let even = (depth + 1) / 2 * 2
        var narrow = [BFloat16](repeating: 0, count: rows * even)
        var dx = Numbers(rows * columns, seed: 7)
        narrow.withUnsafeMutableBufferPointer { narrow in
            guard let narrow = narrow.baseAddress else { return }
            dy.read { dy in
                kernels.narrow(dy, stride: depth, rows: rows, columns: depth, into: narrow)
                low.read { low in
                    a.read { a in
                        dx.write { dx in
                            let terms = weights.map {
                                $0.precision == .bf16
                                    ? MatrixProduct(narrow: narrow, packed: $0)
                                    : MatrixProduct(dy, rowStride: depth, depth: depth, packed: $0)
                            }
                            let added = MatrixProduct(low, rowStride: 3, depth: 3, plain: a, bStride: columns)
                            kernels.multiply(
                                terms + [added], rows: rows, columns: columns, into: dx, stride: columns, accumulate: true)
                        }
                    }
                }
            }
        }
        return dx
    }

    @Test(arguments: Kernels.available, shapes)
    func `a product with a turned matrix has the bits of one with a copy of its own`(
        kernels: Kernels, shape: (rows: Int, outputs: Int, inputs: Int)
    ) {
        let (rows, outputs, inputs) = shape
        let dy = Numbers(rows * outputs, seed: 1)
        for precision in WeightPrecision.allCases {
            let pairs = [UInt64(2), 3].map {
                Packed(Numbers(outputs * inputs, seed: $0), outputs: outputs, inputs: inputs, precision, kernels)
            }
            let turned = pairs.map { PackedMatrix(turning: $0.forward) }
            #expect(turned[0].depth == outputs && turned[0].columns == inputs)
            let expected = gradient(dy, pairs.map(\.backward), rows: rows, kernels)
            #expect(gradient(dy, turned, rows: rows, kernels).values == expected.values, "\(precision)")
            #expect(gradient(dy, [turned[0], pairs[1].backward], rows: rows, kernels).values == expected.values)
            #expect(gradient(dy, [pairs[0].backward, turned[1]], rows: rows, kernels).values == expected.values)
        }
    }

    @Test(arguments: Kernels.available)
    func `what is turned is W`(kernels: Kernels) {
        let (outputs, inputs) = (37, 21)
        let weight = Numbers(outputs * inputs, seed: 8)
        let packed = Packed(weight, outputs: outputs, inputs: inputs, .fp32, kernels)
        // The rows of the unit matrix pick W's.
        let unit = Numbers((0..<outputs * outputs).map { $0 / outputs == $0 % outputs ? 1 : 0 })
        var found = Numbers(zeros: outputs * inputs)
        unit.read { unit in
            found.write {
                let term = MatrixProduct(
                    unit, rowStride: outputs, depth: outputs, packed: PackedMatrix(turning: packed.forward))
                kernels.multiply([term], rows: outputs, columns: inputs, into: $0, stride: inputs)
            }
        }
        #expect(found.values == weight.values)
    }

    @Test func `packed matrices follow their memory`() {
        let kernels = Kernels.current
        let size = PackedMatrix.byteCount(depth: 3, columns: 16, .fp32) / 4
        let (first, second) = (FloatStorage(count: size + 16), FloatStorage(count: size))
        let memory = PackedMemory(first.base, of: first)
        let matrix = PackedMatrix(depth: 3, columns: 16, precision: .fp32, in: memory, at: 64, for: kernels)
        let turned = PackedMatrix(turning: matrix)
        let weight = Numbers(3 * 16, seed: 9)
        weight.read { kernels.pack($0, depthStride: 16, columnStride: 1, into: matrix) }
        func product(_ right: PackedMatrix) -> [Float] {
            let one = Numbers([Float](repeating: 1, count: right.depth))
            var sums = Numbers(zeros: right.columns)
            one.read { one in
                sums.write {
                    let term = MatrixProduct(one, rowStride: right.depth, depth: right.depth, packed: right)
                    kernels.multiply([term], rows: 1, columns: right.columns, into: $0, stride: right.columns)
                }
            }
            return sums.values
        }
        let before = (product(matrix), product(turned))
        second.base.update(from: first.base + 16, count: size)
        memory.move(to: UnsafeRawPointer(second.base) - 64, of: second)
        first.values.update(repeating: .nan)
        #expect(product(matrix) == before.0 && product(turned) == before.1)
        #expect(before.0.allSatisfy(\.isFinite) && before.1.allSatisfy(\.isFinite))
    }
}
