import Glibc

/// The lower factor of a small symmetric matrix that is positive definite, by rows.
struct CholeskyFactor {
    private let size: Int
    private var rows: [Double]

    /// - Parameter matrix: size x size, by rows; its lower half is looked at.
    init(_ matrix: [Double], size: Int) {
        (self.size, rows) = (size, matrix)
        rows.withUnsafeMutableBufferPointer { rows in
            for i in 0..<size {
                for j in 0...i {
                    var sum = rows[i * size + j]
                    for k in 0..<j { sum -= rows[i * size + k] * rows[j * size + k] }
                    rows[i * size + j] = i == j ? sqrt(max(sum, 1e-300)) : sum / rows[j * size + j]
                }
            }
        }
    }

    var logDeterminant: Double { (0..<size).reduce(0) { $0 + 2 * log(rows[$1 * size + $1]) } }

    /// What the factor makes of the result is `right`.
    func solved(_ right: [Double]) -> [Double] {
        var result = right
        rows.withUnsafeBufferPointer { rows in
            result.withUnsafeMutableBufferPointer { result in
                for i in 0..<size {
                    var rest = result[i]
                    for k in 0..<i { rest -= rows[i * size + k] * result[k] }
                    result[i] = rest / rows[i * size + i]
                }
            }
        }
        return result
    }

    /// What the factor's transpose makes of the result is `right`: after ``solved(_:)`` the unknowns of the matrix's equations.
    func solvedBack(_ right: [Double]) -> [Double] {
        var result = right
        for i in (0..<size).reversed() {
            for k in (i + 1)..<max(size, i + 1) { result[i] -= rows[k * size + i] * result[k] }
            result[i] /= rows[i * size + i]
        }
        return result
    }
}
