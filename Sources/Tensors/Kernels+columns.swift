import CKernels

/// Rows of floats, `stride` from the begin of one to that of the next.
package struct FloatRows {
    package let base: Floats
    package let stride: Int

    package init(_ base: Floats, stride: Int) { (self.base, self.stride) = (base, stride) }
}

/// What each column of a matrix becomes: factor * x + shift.
package struct ColumnScale {
    /// One for each column, as the others.
    package let factors: UnsafePointer<Float>
    /// nil: zeros.
    package let shifts: UnsafePointer<Float>?
    /// What is taken from what is kept; nil: zeros.
    package let bias: UnsafePointer<Float>?

    package init(_ factors: UnsafePointer<Float>, shifts: UnsafePointer<Float>? = nil, bias: UnsafePointer<Float>? = nil) {
        (self.factors, self.shifts, self.bias) = (factors, shifts, bias)
    }
}

extension Kernels {
    /// y [rows, columns] = factors * y + shifts, after y - bias has gone to `kept`; nil: it is not kept.
    package func scaleColumns(_ y: FloatRows, rows: Int, columns: Int, by scale: ColumnScale, keeping kept: FloatRows? = nil) {
        var raw = al_column_scale(factors: scale.factors, shifts: scale.shifts, bias: scale.bias)
        table.pointee.scale_columns(&raw, y.base, y.stride, rows, columns, kept?.base, kept?.stride ?? 0)
    }

    /// dx = factors * dy, and sums [columns] += the sum over the rows of dy * x, both [rows, columns]; dx may be either of them.
    package func scaleColumnsBackward(
        _ factors: UnsafePointer<Float>, dy: FloatRows, x: FloatRows, rows: Int, columns: Int, adding sums: Floats,
        into dx: FloatRows
    ) {
        table.pointee.scale_columns_backward(
            factors, dy.base, dy.stride, x.base, x.stride, rows, columns, sums, dx.base, dx.stride)
    }
}
