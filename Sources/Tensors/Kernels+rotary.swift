import CKernels

/// Cosines and sines of rotary positions (Su et al. 2021), [positions, half]: pairs (j, j + half) of a head turn together.
package final class RotaryTable {
    package let positions: Int
    /// Pairs that turn; a head's dimensions from twice that on stay.
    package let half: Int
    let cosine: FloatStorage
    let sine: FloatStorage

    /// - Parameter angle: a pair's angle at a position, and what cosine and sine are multiplied by.
    package init(positions: Int, half: Int, _ turn: (_ position: Int, _ pair: Int) -> (cosine: Float, sine: Float)) {
        self.positions = positions
        self.half = half
        cosine = FloatStorage(count: positions * half)
        sine = FloatStorage(count: positions * half)
        for position in 0..<positions {
            for pair in 0..<half {
                let place = position * half + pair
                (cosine.base[place], sine.base[place]) = turn(position, pair)
            }
        }
    }
}

/// Heads side by side in the rows of a wider matrix.
package struct HeadRows {
    package let start: Floats
    /// Floats from one row to the next.
    package let stride: Int
    package let heads: Int
    /// Floats of one head.
    package let width: Int

    package init(_ start: Floats, stride: Int, heads: Int, width: Int) {
        self.start = start
        self.stride = stride
        self.heads = heads
        self.width = width
    }
}

extension Kernels {
    /// Turns the heads of these rows, which stand at positions `first` and on; `back` undoes it, which is also its gradient.
    package func rotate(_ x: HeadRows, rows: Range<Int>, from first: Int, _ table: RotaryTable, back: Bool = false) {
        precondition(first >= 0 && first + rows.count <= table.positions && 2 * table.half <= x.width)
        let place = first * table.half
        self.table.pointee.rotate(
            x.start + rows.lowerBound * x.stride, x.stride, rows.count, x.heads, x.width, table.half,
            table.cosine.base + place, table.sine.base + place, back ? 1 : 0)
    }
}
