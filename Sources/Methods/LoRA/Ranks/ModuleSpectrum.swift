/// What one module's adapter adds to its weight, by singular values: s B A = U diag(values) V, found by QR of B and A^T and the
/// decomposition of the small matrix between; the product itself is never formed.
package struct ModuleSpectrum: Sendable {
    package let name: String
    package let inputs: Int
    package let outputs: Int
    /// The rank it was trained with.
    package let rank: Int
    /// The greatest first.
    package let values: [Double]
    /// U^T [values, outputs] and V [values, inputs]
    private let (left, right): (DenseMatrix, DenseMatrix)

    /// Of A [rank, inputs] and B^T [rank, outputs]; nil where LAPACK finds no values.
    init?(_ name: String, a: DenseMatrix, b: DenseMatrix, scale: Double) {
        guard let input = Self.factored(a), let output = Self.factored(b) else { return nil }
        var core = DenseMatrix.product(output.turned, input.coordinates)
        for place in core.values.indices { core.values[place] *= scale }
        guard let found = LinearAlgebra.singularValues(of: core) else { return nil }
        (self.name, inputs, outputs, rank) = (name, a.columns, b.columns, a.rows)
        values = found.values
        left = .product(found.u, output.basis)
        right = .product(found.v, input.basis)
    }

    /// x as coordinates [rows, n] on an orthonormal basis [n, columns], and the coordinates' transpose.
    private static func factored(_ x: DenseMatrix) -> (coordinates: DenseMatrix, turned: DenseMatrix, basis: DenseMatrix)? {
        guard let basis = x.rows < x.columns ? LinearAlgebra.orthonormal(x) : .identity(x.columns) else { return nil }
        return (.product(x, basis, turned: true), .product(basis, x, turned: true), basis)
    }

    /// What a rank of it costs in parameters.
    package var cost: Int { inputs + outputs }

    /// The best A [rank, inputs] and B [outputs, rank] of a rank: B_k = U_k S_k / scale and A_k = V_k.
    package func factors(rank: Int, scale: Double = 1) -> (a: [Float], b: [Float]) {
        var b = [Float](repeating: 0, count: outputs * rank)
        for k in 0..<rank {
            for (output, value) in left[k].enumerated() { b[output * rank + k] = Float(value * values[k] / scale) }
        }
        return (right.values.prefix(rank * inputs).map { Float($0) }, b)
    }
}

extension DenseMatrix {
    static func identity(_ size: Int) -> DenseMatrix {
        DenseMatrix(rows: size, columns: size, values: (0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 })
    }
}
