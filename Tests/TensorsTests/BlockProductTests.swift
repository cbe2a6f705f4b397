import Tensors
import Testing

/// Blocks of random bytes, whose scales are moderate numbers.
struct RandomBlocks {
    let matrix: BlockMatrix
    /// The same as floats [rows, columns].
    let values: Numbers

    init(_ type: BlockType, rows: Int, columns: Int, pairedRows: Int = 0, seed: UInt64) {
        var random = RandomSource(seed: seed)
        let count = BlockMatrix.byteCount(type, rows: rows, columns: columns)
        let storage = FloatStorage(count: count / 4 + 1)
        let bytes = UnsafeMutableRawPointer(storage.base)
        for index in 0..<count {
            bytes.storeBytes(of: UInt8(truncatingIfNeeded: random.next()), toByteOffset: index, as: UInt8.self)
        }
        for start in stride(from: 0, to: count, by: type.byteCount) {
            for place in Self.halves(of: type) {
                // 2^-7 and a half of it: their products are short, so that sums of floats are far from overflow.
                let half = UInt16(0x2000) | UInt16(truncatingIfNeeded: random.next() & 0x83ff)
                bytes.storeBytes(of: half, toByteOffset: start + place, as: UInt16.self)
            }
            if type == .f32 { bytes.storeBytes(of: Float(random.normal()), toByteOffset: start, as: Float.self) }
            if type == .bf16 {
                let upper = UInt16(truncatingIfNeeded: Float(random.normal()).bitPattern >> 16)
                bytes.storeBytes(of: upper, toByteOffset: start, as: UInt16.self)
            }
        }
        let blocks = BlockMatrix(type, rows: rows, columns: columns, pairedRows: pairedRows, at: bytes, of: storage)
        var values = Numbers(zeros: rows * columns)
        values.write { blocks.read(0..<rows, into: $0) }
        (matrix, self.values) = (blocks, values)
    }

    private static func halves(of type: BlockType) -> [Int] {
        switch type {
        case .f32, .bf16: []
        case .f16, .q4_0, .q5_0, .q8_0: [0]
        case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
        case .q2_K: [80, 82]
        case .q3_K: [108]
        case .q6_K: [208]
        }
    }
}

@Suite struct BlockProductTests {
    /// Rows of the left-hand side, and the blocks' rows and columns: narrower and wider than tiles and panels, odd where that can be.
    static let shapes = [(1, 1, 256), (3, 17, 256), (5, 50, 512), (9, 131, 768), (2, 1100, 256), (4, 90, 1280)]

    private func product(
        _ a: Numbers, _ right: PackedMatrix, rows: Int, _ kernels: Kernels, bias: Numbers, before: Numbers
    ) -> Numbers {
        let (depth, columns) = (right.depth, right.columns)
        // Like what LoRA adds: another term of the same sum.
        let (low, up) = (Numbers(rows * 2, seed: 5), Numbers(2 * columns, seed: 6))
        let packedUp = PackedMatrix(depth: 2, columns: columns, for: kernels)
        up.read { kernels.pack($0, depthStride: columns, columnStride: 1, into: packedUp) }
        var c = before
        let even = (depth + 1) / 2 * 2
        var narrow = [BFloat16](repeating: 0, count: rows * even)
        narrow.withUnsafeMutableBufferPointer { narrow in
            guard let narrow = narrow.baseAddress else { return }
            a.read { a in
                kernels.narrow(a, stride: depth, rows: rows, columns: depth, into: narrow)
                low.read { low in
                    bias.read { bias in
                        c.write { c in
                            let term =
                                right.precision == .bf16
                                ? MatrixProduct(narrow: narrow, packed: right)
                                : MatrixProduct(a, rowStride: depth, depth: depth, packed: right)
                            kernels.multiply(
                                [term, MatrixProduct(low, rowStride: 2, depth: 2, packed: packedUp)], rows: rows,
                                columns: columns, into: c, stride: columns, bias: bias, accumulate: true)
                        }
                    }
                }
            }
        }
        return c
    }

    @Test(arguments: Kernels.available, BlockType.allCases)
    func `a product with blocks has the bits of one with all of them expanded and packed`(kernels: Kernels, type: BlockType) {
        for (rows, outputs, inputs) in Self.shapes {
            let blocks = RandomBlocks(type, rows: outputs, columns: inputs, pairedRows: outputs == 50 ? 10 : 0, seed: 1)
            for precision in WeightPrecision.allCases {
                for turned in [true, false] {
                    let (depth, columns) = turned ? (inputs, outputs) : (outputs, inputs)
                    let (a, bias) = (Numbers(rows * depth, seed: 2), Numbers(columns, seed: 3))
                    let before = Numbers(rows * columns, seed: 4)
                    let packed = PackedMatrix(depth: depth, columns: columns, precision: precision, for: kernels)
                    blocks.values.read {
                        kernels.packFrozen(
                            $0, depthStride: turned ? 1 : inputs, columnStride: turned ? inputs : 1, into: packed)
                    }
                    let whole = product(a, packed, rows: rows, kernels, bias: bias, before: before)
                    let lazy = PackedMatrix(blocks.matrix, turned: turned, precision: precision)
                    let tiled = product(a, lazy, rows: rows, kernels, bias: bias, before: before)
                    #expect(tiled.values == whole.values, "\(outputs) x \(inputs), \(precision), turned: \(turned)")
                    #expect(whole.values.allSatisfy(\.isFinite) && whole.values != before.values)
                }
            }
        }
    }

    @Test(arguments: Kernels.available)
    func `plain numbers may end anywhere`(kernels: Kernels) {
        for (type, inputs) in [(BlockType.f32, 273), (.bf16, 1), (.f16, 530), (.q8_0, 288)] {
            let blocks = RandomBlocks(type, rows: 33, columns: inputs, seed: 8)
            for (precision, turned) in [(WeightPrecision.fp32, true), (.fp32, false), (.bf16, true), (.bf16, false)] {
                let (depth, columns) = turned ? (inputs, 33) : (33, inputs)
                let (a, bias, before) = (Numbers(depth, seed: 2), Numbers(columns, seed: 3), Numbers(columns, seed: 4))
                let packed = PackedMatrix(depth: depth, columns: columns, precision: precision, for: kernels)
                blocks.values.read {
                    kernels.packFrozen(
                        $0, depthStride: turned ? 1 : inputs, columnStride: turned ? inputs : 1, into: packed)
                }
                let lazy = PackedMatrix(blocks.matrix, turned: turned, precision: precision)
                #expect(
                    product(a, lazy, rows: 1, kernels, bias: bias, before: before).values
                        == product(a, packed, rows: 1, kernels, bias: bias, before: before).values, "\(type) \(precision)")
            }
        }
    }

    @Test func `rows of rotary pairs come in halves`() {
        // In a head of 6 rows the file has 0, 3, 1, 4, 2, 5.
        let plain = RandomBlocks(.q4_0, rows: 12, columns: 32, seed: 9)
        let paired = RandomBlocks(.q4_0, rows: 12, columns: 32, pairedRows: 6, seed: 9)
        let places = [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]
        #expect(paired.values.values == places.flatMap { Array(plain.values.values[$0 * 32..<($0 + 1) * 32]) })
        var some = Numbers(zeros: 2 * 32)
        some.write { paired.matrix.read(3..<5, into: $0) }
        #expect(some.values == Array(paired.values.values[3 * 32..<5 * 32]))
    }
}
