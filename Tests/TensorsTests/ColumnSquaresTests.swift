import Tensors
import Testing

@Suite struct ColumnSquaresTests {
    /// Widths that fill panels and that do not; an odd depth.
    @Test(arguments: Kernels.available, [1, 15, 16, 33, 70])
    func `the squares of a packed matrix's columns add up to those of the numbers`(kernels: Kernels, columns: Int) {
        let depth = 21
        let weight = FloatStorage(count: depth * columns)
        var random = RandomSource(seed: 3)
        for i in 0..<weight.count { weight.base[i] = Float(random.normal()) }
        for precision in WeightPrecision.allCases {
            let packed = PackedMatrix(depth: depth, columns: columns, precision: precision, for: kernels)
            kernels.packFrozen(weight.base, depthStride: 1, columnStride: depth, into: packed)
            let squares = packed.columnSquares(kernels: kernels)
            #expect(squares.count == columns)
            for (column, square) in squares.enumerated() {
                let wanted = (0..<depth).reduce(0.0) {
                    $0 + Double(weight.base[column * depth + $1]) * Double(weight.base[column * depth + $1])
                }
                #expect(abs(square - wanted) < (precision == .fp32 ? 1e-9 : 0.01) * wanted)
            }
        }
    }

    @Test(arguments: Kernels.available)
    func `blocks that stay in a file are read row by row`(kernels: Kernels) {
        let weight = FloatStorage(count: 5 * 32)
        for i in 0..<weight.count { weight.base[i] = Float(i % 7) - 3 }
        let blocks = BlockMatrix(.f32, rows: 5, columns: 32, at: weight.base, of: weight)
        let wanted = (0..<5).map { row in
            (0..<32).reduce(0.0) { $0 + Double(weight.base[row * 32 + $1]) * Double(weight.base[row * 32 + $1]) }
        }
        for precision in WeightPrecision.allCases {
            // Small whole numbers are the same in bf16.
            #expect(PackedMatrix(blocks, turned: true, precision: precision).columnSquares(kernels: kernels) == wanted)
        }
    }
}
