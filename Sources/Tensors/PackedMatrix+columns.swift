import CKernels

extension PackedMatrix {
    /// The sum of the squares of each column, of the numbers as products read them.
    ///
    /// - Parameter kernels: those that packed it.
    package func columnSquares(kernels: Kernels) -> [Double] {
        precondition(isPacked || isTurned && blocks != nil, "columns of what is packed, or rows of blocks")
        guard let blocks else { return packedSquares(panelWidth: kernels.table.pointee.panel_width) }
        let row = FloatStorage(count: depth)
        return (0..<columns).map { column in
            blocks.read(column..<column + 1, into: row.base, kernels: kernels)
            return precision == .fp32 ? kernels.squaredNorm(row.base, count: depth) : Self.narrowSquares(row, kernels)
        }
    }

    /// A panel has the numbers of its columns side by side, in bf16 two of each; what fills it up is zero, and the last is narrower.
    private func packedSquares(panelWidth: Int) -> [Double] {
        var squares = [Double](repeating: 0, count: (columns + 15) / 16 * 16)
        let deep = precision == .bf16 ? evenUp(depth) : depth
        for first in stride(from: 0, to: columns, by: panelWidth) {
            let width = min(panelWidth, squares.count - first)
            for place in 0..<deep * width {
                let (column, value): (Int, Double)
                switch precision {
                case .fp32: (column, value) = (place % width, Double(number(first * deep + place, Float.self)))
                case .bf16:
                    let bits = UInt32(number(first * deep + place, BFloat16.self)) << 16
                    (column, value) = (place / 2 % width, Double(Float(bitPattern: bits)))
                }
                squares[first + column] += value * value
            }
        }
        return Array(squares.prefix(columns))
    }

    private func number<Number>(_ place: Int, _ type: Number.Type) -> Number {
        start.assumingMemoryBound(to: type)[place]
    }

    /// Of a row as bf16 has it.
    private static func narrowSquares(_ row: FloatStorage, _ kernels: Kernels) -> Double {
        let narrow = UnsafeMutablePointer<BFloat16>.allocate(capacity: evenUp(row.count))
        defer { narrow.deallocate() }
        kernels.narrow(row.base, stride: row.count, rows: 1, columns: row.count, into: narrow)
        return (0..<row.count).reduce(0) { sum, i in
            let value = Double(Float(bitPattern: UInt32(narrow[i]) << 16))
            return sum + value * value
        }
    }
}
