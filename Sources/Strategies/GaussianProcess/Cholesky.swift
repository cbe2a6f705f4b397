import COpenBLAS
import Glibc

/// A = L L^T of a symmetric positive definite matrix.
struct Cholesky: Sendable {
    let size: Int
    /// L by columns, [size, size]; what stands above the diagonal means nothing.
    private(set) var factor: [Double]

    /// - Parameter lower: A by columns; only the diagonal and what is below it are read.
    /// - Returns: nil where A is not positive definite.
    init?(lower: [Double], size: Int) {
        self.size = size
        factor = lower
        var (order, info) = (Int32(size), Int32(0))
        dpotrf_("L", &order, &factor, &order, &info, 1)
        if info != 0 { return nil }
    }

    /// log det A
    var logDeterminant: Double {
        2 * (0..<size).reduce(0) { $0 + log(factor[$1 * size + $1]) }
    }

    /// Turns columns [size, count] b into L^-1 b, or into L^-T b.
    func solve(_ columns: inout [Double], count: Int, transposed: Bool = false) {
        guard size > 0, count > 0 else { return }
        let (order, width) = (Int32(size), Int32(count))
        cblas_dtrsm(
            CblasColMajor, CblasLeft, CblasLower, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit, order, width, 1, factor,
            order, &columns, order)
    }

    /// A^-1 b
    func solution(of b: [Double]) -> [Double] {
        var x = b
        solve(&x, count: 1)
        solve(&x, count: 1, transposed: true)
        return x
    }

    /// A^-1 by columns, the part above the diagonal left out.
    func inverse() -> [Double] {
        var result = factor
        var (order, info) = (Int32(size), Int32(0))
        dpotri_("L", &order, &result, &order, &info, 1)
        return result
    }
}
