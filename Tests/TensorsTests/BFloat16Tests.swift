import Tensors
import Testing

private func value(_ bits: BFloat16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

extension Numbers {
    /// Rows of so many numbers each, rounded to bf16; a row of an odd count has a 0 more.
    fileprivate func narrowed(rows: Int, by kernels: Kernels, stride: Int? = nil) -> [BFloat16] {
        let columns = count / rows
        var narrow = [BFloat16](repeating: 0xFFFF, count: rows * ((columns + 1) / 2 * 2))
        let stride = stride ?? columns
        let wide = Numbers((0..<rows * stride).map { $0 % stride < columns ? values[$0 / stride * columns + $0 % stride] : 9 })
        wide.read { x in
            narrow.withUnsafeMutableBufferPointer {
                kernels.narrow(x, stride: stride, rows: rows, columns: columns, into: $0.baseAddress!)
            }
        }
        return narrow
    }

    /// The numbers after rounding.
    fileprivate func rounded(by kernels: Kernels) -> Numbers {
        Numbers(narrowed(rows: 1, by: kernels).prefix(count).map(value))
    }
}

@Suite struct BFloat16Tests {
    /// Below, on and above the middle between two neighbors; ties go to the even one.
    @Test(arguments: Kernels.available, [1, 16, 33])
    func `a float becomes the nearest bf16`(kernels: Kernels, copies: Int) {
        let cases: [(float: UInt32, nearest: BFloat16)] = [
            (0x3F80_0000, 0x3F80), (0x3F80_7FFF, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81),
            (0x3F81_8000, 0x3F82), (0xC049_0FDB, 0xC049), (0x3F7F_FFFF, 0x3F80), (0x0000_0000, 0x0000),
            (0x8000_0000, 0x8000), (0x7F80_0000, 0x7F80), (0xFF80_0000, 0xFF80), (0x7F7F_FFFF, 0x7F80),
        ]
        for (float, nearest) in cases {
            let numbers = Numbers([Float](repeating: Float(bitPattern: float), count: copies))
            #expect(numbers.narrowed(rows: 1, by: kernels).prefix(copies).allSatisfy { $0 == nearest })
        }
        let none = Numbers([Float](repeating: .nan, count: copies)).narrowed(rows: 1, by: kernels)
        #expect(none.prefix(copies).allSatisfy { value($0).isNaN })
    }

    @Test(arguments: Kernels.available, [(1, 1), (3, 5), (2, 16), (4, 19), (2, 384)])
    func `rows may lie apart, and an odd one is filled up with a zero`(kernels: Kernels, shape: (rows: Int, columns: Int)) {
        let x = Numbers(shape.rows * shape.columns, seed: 1)
        let narrow = x.narrowed(rows: shape.rows, by: kernels, stride: shape.columns + 3)
        let even = narrow.count / shape.rows
        for row in 0..<shape.rows {
            for column in 0..<shape.columns {
                let (wide, bits) = (x[row * shape.columns + column], narrow[row * even + column])
                #expect(abs(value(bits) - wide) <= abs(wide) / 256)
            }
            if even > shape.columns { #expect(narrow[row * even + shape.columns] == 0) }
        }
    }

    /// Products of two bf16 are exact in fp32: only the sums round.
    @Test(arguments: Kernels.available, ProductTests.shapes)
    func `a bf16 product is that of the rounded factors`(kernels: Kernels, shape: (m: Int, n: Int, k: Int)) {
        let (m, n, k) = shape
        let (a, b) = (Numbers(m * k, seed: 2), Numbers(k * n, seed: 3))
        let packed = PackedMatrix(depth: k, columns: n, precision: .bf16, for: kernels)
        b.read { kernels.packFrozen($0, depthStride: n, columnStride: 1, into: packed) }
        var c = Numbers(m * n, seed: 4)
        a.narrowed(rows: m, by: kernels).withUnsafeBufferPointer { narrow in
            c.write {
                kernels.multiply(
                    [.init(narrow: narrow.baseAddress!, packed: packed)], rows: m, columns: n, into: $0, stride: n)
            }
        }
        let (rows, columns) = (a.rounded(by: kernels), b.rounded(by: kernels))
        let expected = (0..<m * n).map { i in
            (0..<k).reduce(0.0) { $0 + Double(rows[i / n * k + $1]) * Double(columns[$1 * n + i % n]) }
        }
        #expect(c.difference(to: expected) < 1e-5)
    }

    @Test(arguments: Kernels.available, [(5, 20, 7), (8, 48, 6), (19, 100, 33)])
    func `a bf16 term and an fp32 term add up, with a bias and what was there`(
        kernels: Kernels, shape: (m: Int, n: Int, k: Int)
    ) {
        let (m, n, k) = shape
        let (a, b, bias, before) = (
            Numbers(m * k, seed: 5), Numbers(n * k, seed: 6), Numbers(n, seed: 7), Numbers(m * n, seed: 8)
        )
        let (u, v) = (Numbers(m * 2, seed: 9), Numbers(2 * n, seed: 10))
        let packed = PackedMatrix(depth: k, columns: n, precision: .bf16, for: kernels)
        // Turned on the way: b is [n, k].
        b.read { kernels.packFrozen($0, depthStride: 1, columnStride: k, into: packed) }
        var c = before
        a.narrowed(rows: m, by: kernels).withUnsafeBufferPointer { narrow in
            u.read { u in
                v.read { v in
                    bias.read { bias in
                        c.write {
                            kernels.multiply(
                                [
                                    .init(narrow: narrow.baseAddress!, packed: packed),
                                    .init(u, rowStride: 2, depth: 2, plain: v, bStride: n),
                                ], rows: m, columns: n, into: $0, stride: n, bias: bias, accumulate: true)
                        }
                    }
                }
            }
        }
        let (rows, columns) = (a.rounded(by: kernels), b.rounded(by: kernels))
        let expected = (0..<m * n).map { i in
            let (row, column) = (i / n, i % n)
            let frozen = (0..<k).reduce(0.0) { $0 + Double(rows[row * k + $1]) * Double(columns[column * k + $1]) }
            let added = (0..<2).reduce(0.0) { $0 + Double(u[row * 2 + $1]) * Double(v[$1 * n + column]) }
            return frozen + added + Double(bias[column]) + Double(before[i])
        }
        #expect(c.difference(to: expected) < 1e-5)
    }

    @Test func `only kernels for a processor that has them multiply bf16 by themselves`() {
        #expect(Kernels.available.filter(\.multipliesBF16).allSatisfy { $0.name == "avx512-bf16" })
        #expect(Kernels.available.allSatisfy { $0.multipliesBF16 == ($0.name == "avx512-bf16") })
    }
}
