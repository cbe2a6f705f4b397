import Layers
import Tensors

/// A and B of one site, out of its frozen weight or at random together.
struct SiteFactors {
    /// [rank, inputs]
    let a: DenseMatrix
    /// B^T [rank, outputs]
    let b: DenseMatrix

    private init(a: DenseMatrix, b: DenseMatrix) { (self.a, self.b) = (a, b) }

    /// As the method keeps them: A [rank, inputs], B [outputs, rank].
    func part(scale: Float) -> BaseChange.Part {
        let (rank, outputs) = (b.rows, b.columns)
        var turned = [Float](repeating: 0, count: rank * outputs)
        for k in 0..<rank { for (output, value) in b[k].enumerated() { turned[output * rank + k] = Float(value) } }
        return BaseChange.Part(scale: scale, a: a.values.map { Float($0) }, b: turned)
    }
}

/// The singular vectors of the greatest singular values of W [outputs, inputs]: A = sqrt(S / s) V^T, B = U sqrt(S / s) (PiSSA).
extension SiteFactors {
    /// Exactly, by the eigenvectors of W W^T or W^T W, whichever is smaller.
    init?(principalOf weight: DenseMatrix, rank: Int, scale: Double) {
        let isWide = weight.rows <= weight.columns
        let gram = isWide ? DenseMatrix.product(weight, weight, turned: true) : weight.gram
        guard let (squares, near) = LinearAlgebra.greatestEigenvectors(of: gram, count: rank) else { return nil }
        let far = DenseMatrix.product(near, weight, turned: !isWide)
        let factors = Self.factors(squares, near: near, far: far, scale)
        self.init(a: isWide ? factors.far : factors.near, b: isWide ? factors.near : factors.far)
    }

    /// As torch's svd_lowrank finds them: from random directions that are multiplied by W W^T in each round.
    init?(principalOf weight: DenseMatrix, rank: Int, scale: Double, rounds: Int, _ random: inout RandomSource) {
        let start = DenseMatrix(
            rows: rank, columns: weight.columns, values: (0..<rank * weight.columns).map { _ in random.normal() })
        guard var basis = LinearAlgebra.orthonormal(.product(start, weight, turned: true)) else { return nil }
        for _ in 0..<rounds {
            guard let inner = LinearAlgebra.orthonormal(.product(basis, weight)),
                let next = LinearAlgebra.orthonormal(.product(inner, weight, turned: true))
            else { return nil }
            basis = next
        }
        let small = DenseMatrix.product(basis, weight)
        guard let (squares, turns) = LinearAlgebra.greatestEigenvectors(of: .product(small, small, turned: true), count: rank)
        else { return nil }
        let factors = Self.factors(squares, near: .product(turns, basis), far: .product(turns, small), scale)
        self.init(a: factors.far, b: factors.near)
    }

    /// - Parameters:
    ///   - near: singular vectors of one side.
    ///   - far: those of the other side, each as long as its singular value.
    private static func factors(
        _ squares: [Double], near: DenseMatrix, far: DenseMatrix, _ scale: Double
    ) -> (near: DenseMatrix, far: DenseMatrix) {
        let values = squares.map { max(0, $0).squareRoot() }
        // What is no more than rounding has no direction on the other side.
        let least = (values.first ?? 0) * 1e-7
        var (near, far) = (near, far)
        for (k, value) in values.enumerated() {
            for i in 0..<near.columns { near.values[k * near.columns + i] *= (value / scale).squareRoot() }
            let factor = value > least ? 1 / (value * scale).squareRoot() : 0
            for i in 0..<far.columns { far.values[k * far.columns + i] *= factor }
        }
        return (near, far)
    }
}

extension SiteFactors {
    /// The first rows of R and columns of Q, for W = Q R (OLoRA).
    init?(qrOf weight: DenseMatrix, rank: Int) {
        let columns = (0..<rank).flatMap { column in (0..<weight.rows).map { weight.values[$0 * weight.columns + column] } }
        guard let q = LinearAlgebra.orthonormal(DenseMatrix(rows: rank, columns: weight.rows, values: columns)) else {
            return nil
        }
        self.init(a: .product(q, weight), b: q)
    }

    /// Both at random, and B A = 0: on every other row of an orthogonal matrix each.
    init?(orthogonalAt site: Site, rank: Int, _ random: inout RandomSource) {
        func numbers(_ rows: Int, _ columns: Int) -> DenseMatrix {
            DenseMatrix(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in random.normal() })
        }
        guard let q = LinearAlgebra.orthonormal(numbers(rank, rank)) else { return nil }
        // Q^T's rows are Q's columns; either is orthogonal.
        func every(_ first: Int) -> DenseMatrix {
            DenseMatrix(
                rows: rank, columns: rank / 2,
                values: (0..<rank).flatMap { row in stride(from: first, to: rank, by: 2).map { q.values[$0 * rank + row] } })
        }
        func tenth(_ matrix: DenseMatrix) -> DenseMatrix {
            DenseMatrix(rows: matrix.rows, columns: matrix.columns, values: matrix.values.map { $0 / 10 })
        }
        self.init(
            a: tenth(.product(every(0), numbers(rank / 2, site.inputs))),
            b: tenth(.product(every(1), numbers(rank / 2, site.outputs))))
    }
}
