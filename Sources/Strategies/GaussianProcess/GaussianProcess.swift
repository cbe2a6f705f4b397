import COpenBLAS

/// A Gaussian process with a Matern-5/2 kernel, a length scale a parameter, and noise, after its observations.
struct GaussianProcess: Sendable {
    /// What the kernel is made of.
    struct Hyperparameters: Sendable, Hashable {
        /// [groups]: by how much each parameter's squared distance counts (1 / length scale squared).
        var weights: [Double]
        /// The variance of what is modeled, and of the noise on it.
        var variance: Double
        var noise: Double
    }

    let hyperparameters: Hyperparameters
    let space: FeatureSpace
    /// Features weighted by the square root of their parameter's weight, by trial: [count, features].
    private(set) var scaled: [Double]
    private var norms: [Double]
    private let roots: [Double]
    let count: Int
    private let cholesky: Cholesky
    /// K^-1 y
    private let solution: [Double]

    /// - Parameters:
    ///   - rows: features by trial.
    ///   - targets: standardized losses.
    ///   - doubts: by trial, the variance of its target beyond the noise; as many zeros where none is given.
    /// - Returns: nil where the covariance is numerically singular even with more noise.
    init?(
        _ space: FeatureSpace, rows: [[Double]], targets: [Double], doubts: [Double] = [], hyperparameters: Hyperparameters
    ) {
        (self.space, self.hyperparameters, count) = (space, hyperparameters, rows.count)
        let roots = space.groups.map { hyperparameters.weights[$0].squareRoot() }
        self.roots = roots
        scaled = rows.flatMap { row in zip(row, roots).map { $0 * $1 } }
        norms = Self.norms(scaled, count: rows.count, width: space.count)
        let covariance = Self.covariances(
            scaled, norms, count: rows.count, with: scaled, norms, count: rows.count, width: space.count,
            variance: hyperparameters.variance)
        for jitter in [0, 1e-6, 1e-3] {
            var lower = covariance
            for index in 0..<rows.count {
                let doubt = index < doubts.count ? doubts[index] : 0
                lower[index * rows.count + index] += hyperparameters.noise + doubt + jitter
            }
            guard let cholesky = Cholesky(lower: lower, size: rows.count) else { continue }
            self.cholesky = cholesky
            solution = cholesky.solution(of: targets)
            return
        }
        return nil
    }

    /// What is believed of the loss at several places.
    ///
    /// - Parameter rows: features by place, one after the other: [places, features].
    func beliefs(at rows: [Double], places: Int) -> [(mean: Double, sigma: Double)] {
        guard places > 0 else { return [] }
        let width = space.count
        let weighted = rows.indices.map { rows[$0] * roots[$0 % width] }
        // [count, places] by columns.
        var covariances = Self.covariances(
            weighted, Self.norms(weighted, count: places, width: width), count: places, with: scaled, norms, count: count,
            width: width, variance: hyperparameters.variance)
        var means = [Double](repeating: 0, count: places)
        let (order, columns) = (Int32(count), Int32(places))
        cblas_dgemv(CblasColMajor, CblasTrans, order, columns, 1, covariances, order, solution, 1, 0, &means, 1)
        cholesky.solve(&covariances, count: places)
        return covariances.withUnsafeBufferPointer { columns in
            means.indices.map { place in
                let column = columns.baseAddress.map { $0 + place * count }
                let explained = cblas_ddot(order, column, 1, column, 1)
                return (means[place], sigma(explained))
            }
        }
    }

    /// The correlation of the loss at a place with that at the nearest of the observations, from 0 to 1.
    func likeness(of row: [Double]) -> Double {
        let (width, place) = (space.count, zip(row, roots).map { $0 * $1 })
        let nearest = (0..<count).lazy.map { trial in
            (0..<width).reduce(0) { sum, feature in
                let difference = place[feature] - scaled[trial * width + feature]
                return sum + difference * difference
            }
        }.min()
        return nearest.map { Matern.correlation($0).value } ?? 0
    }

    /// What is believed of the loss at one place, and how that changes with each feature.
    func belief(at row: [Double]) -> (mean: Double, sigma: Double, meanSlopes: [Double], sigmaSlopes: [Double]) {
        let width = space.count
        let place = zip(row, roots).map { $0 * $1 }
        var (covariances, slopes) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        scaled.withUnsafeBufferPointer { scaled in
            place.withUnsafeBufferPointer { place in
                for trial in 0..<count {
                    var distance = 0.0
                    for feature in 0..<width {
                        let difference = place[feature] - scaled[trial * width + feature]
                        distance += difference * difference
                    }
                    let (value, slope) = Matern.correlation(distance)
                    covariances[trial] = hyperparameters.variance * value
                    slopes[trial] = hyperparameters.variance * slope
                }
            }
        }
        var mean = 0.0
        for trial in 0..<count { mean += covariances[trial] * solution[trial] }
        var half = covariances
        cholesky.solve(&half, count: 1)
        let sigma = sigma(half.reduce(0) { $0 + $1 * $1 })
        cholesky.solve(&half, count: 1, transposed: true)
        // d k_i / d x_j = slope_i 2 (x_j - x_ij) weight_j; d sigma = -(K^-1 k) . dk / sigma.
        var (byMean, byVariance) = (slopes, slopes)
        for trial in 0..<count {
            byMean[trial] *= solution[trial]
            byVariance[trial] *= half[trial]
        }
        let meanSlopes = gradient(byMean, at: place)
        let sigmaSlopes = gradient(byVariance, at: place).map { -$0 / sigma }
        return (mean, sigma, meanSlopes, sigmaSlopes)
    }

    /// sum_i c_i 2 (x_j - x_ij) weight_j
    private func gradient(_ coefficients: [Double], at place: [Double]) -> [Double] {
        let width = space.count
        let total = coefficients.reduce(0, +)
        var sums = place.map { $0 * total }
        cblas_dgemv(
            CblasRowMajor, CblasTrans, Int32(count), Int32(width), -1, scaled, Int32(width), coefficients, 1, 1, &sums, 1)
        return zip(sums, roots).map { 2 * $0 * $1 }
    }

    private func sigma(_ explained: Double) -> Double {
        max(hyperparameters.variance - explained, 1e-12 * hyperparameters.variance).squareRoot()
    }

    private static func norms(_ rows: [Double], count: Int, width: Int) -> [Double] {
        (0..<count).map { row in (0..<width).reduce(0) { $0 + rows[row * width + $1] * rows[row * width + $1] } }
    }

    /// variance x correlation of each of some rows with each of others: [other rows, rows] by columns.
    private static func covariances(
        _ rows: [Double], _ norms: [Double], count: Int, with others: [Double], _ otherNorms: [Double], count otherCount: Int,
        width: Int, variance: Double
    ) -> [Double] {
        var result = [Double](repeating: 0, count: count * otherCount)
        let (m, n, k) = (Int32(otherCount), Int32(count), Int32(width))
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, m, n, k, -2, others, k, rows, k, 0, &result, m)
        result.withUnsafeMutableBufferPointer { result in
            otherNorms.withUnsafeBufferPointer { otherNorms in
                for row in 0..<count {
                    let norm = norms[row]
                    for other in 0..<otherCount {
                        let index = row * otherCount + other
                        result[index] = variance * Matern.correlation(result[index] + norm + otherNorms[other]).value
                    }
                }
            }
        }
        return result
    }
}
