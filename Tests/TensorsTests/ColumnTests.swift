import Tensors
import Testing

@Suite struct ColumnTests {
    private let rows = 3
    private let stride = 110

    @Test(arguments: Kernels.available, RowTests.widths)
    func `each column has a factor and a shift of its own, and what it was is kept`(kernels: Kernels, columns: Int) {
        for isShifted in [true, false] { check(kernels, columns, isShifted) }
    }

    private func check(_ kernels: Kernels, _ columns: Int, _ isShifted: Bool) {
        let (x, factors) = (Numbers(rows * stride, seed: 1), Numbers(columns, seed: 2))
        let (shifts, bias) = (Numbers(columns, seed: 3), Numbers(columns, seed: 4))
        var (y, kept) = (x, Numbers([Float](repeating: 9, count: rows * (columns + 2))))
        factors.read { factors in
            shifts.read { shifts in
                bias.read { bias in
                    y.write { y in
                        kept.write { kept in
                            kernels.scaleColumns(
                                FloatRows(y, stride: stride), rows: rows, columns: columns,
                                by: isShifted
                                    ? ColumnScale(factors, shifts: shifts, bias: bias) : ColumnScale(factors),
                                keeping: FloatRows(kept, stride: columns + 2))
                        }
                    }
                }
            }
        }
        for row in 0..<rows {
            for column in 0..<stride {
                let before = x[row * stride + column]
                guard column < columns else {
                    #expect(y[row * stride + column] == before)
                    continue
                }
                let (shift, base) = isShifted ? (shifts[column], bias[column]) : (0, 0)
                #expect(abs(y[row * stride + column] - (factors[column] * before + shift)) < 4e-6)
                #expect(kept[row * (columns + 2) + column] == before - base)
            }
            #expect(kept[row * (columns + 2) + columns] == 9)
        }
    }

    @Test(arguments: Kernels.available, RowTests.widths)
    func `the backward multiplies the gradient, and adds up what the factors' is`(kernels: Kernels, columns: Int) {
        let (x, dy) = (Numbers(rows * columns, seed: 1), Numbers(rows * stride, seed: 2))
        let (factors, start) = (Numbers(columns, seed: 3), Numbers(columns, seed: 4))
        var (sums, dx) = (start, dy)
        factors.read { factors in
            var input = x
            input.write { x in
                sums.write { sums in
                    dx.write { dx in
                        // The gradient may be written where it is read.
                        kernels.scaleColumnsBackward(
                            factors, dy: FloatRows(dx, stride: stride), x: FloatRows(x, stride: columns), rows: rows,
                            columns: columns, adding: sums, into: FloatRows(dx, stride: stride))
                    }
                }
            }
        }
        for column in 0..<columns {
            let sum = (0..<rows).reduce(Double(start[column])) {
                $0 + Double(dy[$1 * stride + column]) * Double(x[$1 * columns + column])
            }
            #expect(abs(Double(sums[column]) - sum) < 1e-5)
            for row in 0..<rows {
                #expect(dx[row * stride + column] == factors[column] * dy[row * stride + column])
            }
        }
        #expect((columns..<stride).allSatisfy { dx[$0] == dy[$0] })
    }
}
