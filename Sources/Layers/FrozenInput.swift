package import Tensors

/// What weights multiply, [rows, columns]: as it is, or in bf16 where they are.
package struct FrozenInput {
    private let x: UnsafePointer<Float>
    private let stride: Int
    private let narrow: UnsafePointer<BFloat16>?

    /// - Parameters:
    ///   - size: rows and columns.
    ///   - stride: floats from row to row.
    ///   - narrow: gets it in bf16 [rows, columns rounded up to 2]; nil where all weights are fp32.
    package init(
        _ x: UnsafePointer<Float>, _ size: (rows: Int, columns: Int), stride: Int, narrow: UnsafeMutablePointer<BFloat16>?,
        kernels: Kernels
    ) {
        (self.x, self.stride) = (x, stride)
        if let narrow { kernels.narrow(x, stride: stride, rows: size.rows, columns: size.columns, into: narrow) }
        self.narrow = narrow.map { UnsafePointer($0) }
    }

    /// A term of a sum of products.
    ///
    /// - Parameter weight: [columns, any].
    package func times(_ weight: PackedMatrix) -> MatrixProduct {
        if weight.precision == .bf16, let narrow { return MatrixProduct(narrow: narrow, packed: weight) }
        return MatrixProduct(x, rowStride: stride, depth: weight.depth, packed: weight)
    }
}
