import COpenBLAS

/// A matrix of doubles, row by row.
struct DenseMatrix {
    let rows: Int
    let columns: Int
    var values: [Double]

    init(rows: Int, columns: Int, values: [Double]) {
        precondition(values.count == rows * columns)
        (self.rows, self.columns, self.values) = (rows, columns, values)
    }

    /// x y, or x y^T.
    static func product(_ x: DenseMatrix, _ y: DenseMatrix, turned: Bool = false) -> DenseMatrix {
        let columns = turned ? y.rows : y.columns
        precondition(x.columns == (turned ? y.columns : y.rows))
        var result = [Double](repeating: 0, count: x.rows * columns)
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, turned ? CblasTrans : CblasNoTrans, Int32(x.rows), Int32(columns), Int32(x.columns), 1,
            x.values, Int32(x.columns), y.values, Int32(y.columns), 0, &result, Int32(columns))
        return DenseMatrix(rows: x.rows, columns: columns, values: result)
    }

    /// x^T x
    var gram: DenseMatrix {
        var result = [Double](repeating: 0, count: columns * columns)
        cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(columns), Int32(columns), Int32(rows), 1, values, Int32(columns),
            values,
            Int32(columns), 0, &result, Int32(columns))
        return DenseMatrix(rows: columns, columns: columns, values: result)
    }

    subscript(row: Int) -> ArraySlice<Double> { values[row * columns..<(row + 1) * columns] }
}

/// What LAPACK is asked for, on one thread; several may ask at once.
enum LinearAlgebra {
    /// Why it cannot be had; nil: it can.
    static func load() -> String? { openblas_load().map { String(cString: $0) } }

    /// What it takes once it is loaded and has multiplied, in bytes.
    static let memory = 48_000_000
    /// The same for eigenvectors alone, which need less of the library and of its buffers.
    static let eigenvectorMemory = 24_000_000

    /// The greatest eigenvalues of a symmetric matrix, the greatest first, and as rows their vectors; nil where none are found.
    static func greatestEigenvectors(of symmetric: DenseMatrix, count: Int) -> (values: [Double], vectors: DenseMatrix)? {
        let size = symmetric.rows
        precondition(size == symmetric.columns && (1...size).contains(count))
        var (order, first, last, found) = (Int32(size), Int32(size - count + 1), Int32(size), Int32(0))
        var (a, values) = (symmetric.values, [Double](repeating: 0, count: size))
        var vectors = [Double](repeating: 0, count: size * count)
        var support = [Int32](repeating: 0, count: 2 * size)
        var (none, tolerance, info) = (0.0, 0.0, Int32(0))
        func run(_ work: inout [Double], _ whole: inout [Int32], _ query: Bool) {
            var (workCount, wholeCount) = query ? (Int32(-1), Int32(-1)) : (Int32(work.count), Int32(whole.count))
            dsyevr_(
                "V", "I", "L", &order, &a, &order, &none, &none, &first, &last, &tolerance, &found, &values, &vectors, &order,
                &support, &work, &workCount, &whole, &wholeCount, &info, 1, 1, 1)
        }
        var (work, whole) = ([0.0], [Int32(0)])
        run(&work, &whole, true)
        guard info == 0 else { return nil }
        work = [Double](repeating: 0, count: max(1, Int(work[0])))
        whole = [Int32](repeating: 0, count: max(1, Int(whole[0])))
        run(&work, &whole, false)
        guard info == 0, Int(found) == count else { return nil }
        let descending = (0..<count).reversed().flatMap { vectors[$0 * size..<($0 + 1) * size] }
        return (Array(values[..<count].reversed()), DenseMatrix(rows: count, columns: size, values: descending))
    }

    /// The rows of Q^T for the QR factors of x^T: orthonormal, and each a sum of x's rows up to its own; nil where none are found.
    static func orthonormal(_ x: DenseMatrix) -> DenseMatrix? {
        precondition(x.rows <= x.columns)
        var (rows, columns, info) = (Int32(x.columns), Int32(x.rows), Int32(0))
        var (q, factors) = (x.values, [Double](repeating: 0, count: x.rows))
        // What LAPACK is fastest with are some dozen rows a column; it takes whatever it gets.
        var work = [Double](repeating: 0, count: 64 * max(1, x.rows))
        var workCount = Int32(work.count)
        dgeqrf_(&rows, &columns, &q, &rows, &factors, &work, &workCount, &info)
        guard info == 0 else { return nil }
        dorgqr_(&rows, &columns, &columns, &q, &rows, &factors, &work, &workCount, &info)
        guard info == 0 else { return nil }
        return DenseMatrix(rows: x.rows, columns: x.columns, values: q)
    }

    /// x = U diag(values) V, the greatest value first; nil where they are not found.
    ///
    /// - Returns: U^T [count, rows] and V [count, columns], with as many rows as x has values.
    static func singularValues(of x: DenseMatrix) -> (u: DenseMatrix, values: [Double], v: DenseMatrix)? {
        let count = min(x.rows, x.columns)
        // LAPACK reads columns: what it is given is x^T = V^T diag(values) U^T.
        var (rows, columns, least, info) = (Int32(x.columns), Int32(x.rows), Int32(count), Int32(0))
        var (a, values) = (x.values, [Double](repeating: 0, count: count))
        var v = [Double](repeating: 0, count: count * x.columns)
        var u = [Double](repeating: 0, count: count * x.rows)
        var whole = [Int32](repeating: 0, count: 8 * count)
        func run(_ work: inout [Double], _ workCount: Int) {
            var workCount = Int32(workCount)
            dgesdd_(
                "S", &rows, &columns, &a, &rows, &values, &v, &rows, &u, &least, &work, &workCount, &whole, &info, 1)
        }
        var work = [0.0]
        run(&work, -1)
        guard info == 0 else { return nil }
        work = [Double](repeating: 0, count: max(1, Int(work[0])))
        run(&work, work.count)
        guard info == 0 else { return nil }
        let turned = (0..<count).flatMap { k in (0..<x.rows).map { u[$0 * count + k] } }
        return (
            DenseMatrix(rows: count, columns: x.rows, values: turned), values,
            DenseMatrix(rows: count, columns: x.columns, values: v)
        )
    }
}
