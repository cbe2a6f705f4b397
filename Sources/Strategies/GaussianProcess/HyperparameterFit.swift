import COpenBLAS
import Glibc

/// The most probable hyperparameters after some observations: their likelihood times what is believed of them before.
struct HyperparameterFit {
    typealias Hyperparameters = GaussianProcess.Hyperparameters

    private let count: Int
    private let groupCount: Int
    private let targets: [Double]
    /// By trial.
    private let doubts: [Double]
    /// By pair of trials a > b, the squared distance in each parameter: [pairs, groups].
    private let distances: [Double]

    /// - Parameters:
    ///   - rows: features by trial.
    ///   - targets: standardized losses.
    ///   - doubts: by trial, the variance of its target beyond the noise; as many zeros where none is given.
    init(_ space: FeatureSpace, rows: [[Double]], targets: [Double], doubts: [Double] = []) {
        (count, groupCount, self.targets) = (rows.count, space.groupCount, targets)
        self.doubts = doubts.isEmpty ? [Double](repeating: 0, count: rows.count) : doubts
        let (groups, groupCount) = (space.groups, space.groupCount)
        distances = [Double](unsafeUninitializedCapacity: count * (count - 1) / 2 * groupCount) { buffer, initialized in
            var pair = 0
            for b in 0..<rows.count {
                for a in (b + 1)..<max(rows.count, b + 1) {
                    for group in 0..<groupCount { buffer[pair * groupCount + group] = 0 }
                    for feature in groups.indices {
                        let difference = rows[a][feature] - rows[b][feature]
                        buffer[pair * groupCount + groups[feature]] += difference * difference
                    }
                    pair += 1
                }
            }
            initialized = pair * groupCount
        }
    }

    /// What is searched: the logarithms of the weights, of the variance and of the noise.
    private var lower: [Double] { [Double](repeating: log(1e-4), count: groupCount) + [log(1e-2), log(1e-6)] }
    private var upper: [Double] { [Double](repeating: log(1e4), count: groupCount) + [log(1e2), log(1.0)] }

    /// The better end of two searches: from a smooth surface, and from a rough one with noise.
    func best(iterations: Int = 25) -> Hyperparameters {
        let minimizer = BoundedMinimizer(lower: lower, upper: upper, iterations: iterations, tolerance: 1e-2)
        let starts = [(weight: 1.0, noise: 1e-3), (weight: 12, noise: 1e-2)].map { start in
            [Double](repeating: log(start.weight), count: groupCount) + [0, log(start.noise)]
        }
        let ends = starts.map { minimizer.minimum(from: $0) { loss(at: $0, slopes: &$1) } }
        let best = ends.min { $0.value < $1.value } ?? ends[0]
        return Self.hyperparameters(best.place)
    }

    private static func hyperparameters(_ place: [Double]) -> Hyperparameters {
        let numbers = place.map { exp($0) }
        return Hyperparameters(
            weights: Array(numbers.dropLast(2)), variance: numbers[numbers.count - 2], noise: numbers[numbers.count - 1])
    }

    /// The negative logarithm of the posterior density, up to a constant, and its slopes.
    func loss(at place: [Double], slopes: inout [Double]) -> Double {
        let theta = Self.hyperparameters(place)
        let pairs = count * (count - 1) / 2
        var (values, bends) = ([Double](repeating: 0, count: pairs), [Double](repeating: 0, count: pairs))
        if pairs > 0 {
            cblas_dgemv(
                CblasRowMajor, CblasNoTrans, Int32(pairs), Int32(groupCount), 1, distances, Int32(groupCount), theta.weights, 1,
                0, &values, 1)
        }
        var covariance = [Double](repeating: 0, count: count * count)
        covariance.withUnsafeMutableBufferPointer { covariance in
            values.withUnsafeMutableBufferPointer { values in
                bends.withUnsafeMutableBufferPointer { bends in
                    var pair = 0
                    for b in 0..<count {
                        covariance[b * count + b] = theta.variance + theta.noise + doubts[b]
                        for a in (b + 1)..<max(count, b + 1) {
                            let (value, slope) = Matern.correlation(values[pair])
                            (values[pair], bends[pair]) = (value, slope)
                            covariance[b * count + a] = theta.variance * value
                            pair += 1
                        }
                    }
                }
            }
        }
        guard let cholesky = Cholesky(lower: covariance, size: count) else {
            slopes = [Double](repeating: 0, count: place.count)
            return .infinity
        }
        let solution = cholesky.solution(of: targets)
        let fit = 0.5 * zip(targets, solution).reduce(0) { $0 + $1.0 * $1.1 }
        let inverse = cholesky.inverse()
        // With G = K^-1 - (K^-1 y)(K^-1 y)^T the slope by a number t is half the sum of G times dK/dt.
        var (trace, byVariance) = (0.0, 0.0)
        inverse.withUnsafeBufferPointer { inverse in
            values.withUnsafeBufferPointer { values in
                bends.withUnsafeMutableBufferPointer { bends in
                    var pair = 0
                    for b in 0..<count {
                        trace += inverse[b * count + b] - solution[b] * solution[b]
                        for a in (b + 1)..<max(count, b + 1) {
                            let g = inverse[b * count + a] - solution[a] * solution[b]
                            byVariance += g * values[pair]
                            bends[pair] *= g
                            pair += 1
                        }
                    }
                }
            }
        }
        var byWeight = [Double](repeating: 0, count: groupCount)
        if pairs > 0 {
            cblas_dgemv(
                CblasRowMajor, CblasTrans, Int32(pairs), Int32(groupCount), theta.variance, distances, Int32(groupCount), bends,
                1, 0, &byWeight, 1)
        }
        for group in 0..<groupCount { slopes[group] = byWeight[group] * theta.weights[group] }
        slopes[groupCount] = theta.variance * (0.5 * trace + byVariance)
        slopes[groupCount + 1] = 0.5 * theta.noise * trace
        return fit + 0.5 * cholesky.logDeterminant + Self.priorLoss(theta, slopes: &slopes)
    }

    /// Before anything is seen, a length scale is believed to be about two thirds of the width of the space (longer ones make it
    /// overlook what it has not seen), the variance about that of the standardized losses, and the noise small.
    private static func priorLoss(_ theta: Hyperparameters, slopes: inout [Double]) -> Double {
        var loss = 0.0
        for (group, weight) in theta.weights.enumerated() {
            loss += 0.25 / weight + 0.05 * weight
            slopes[group] += -0.25 / weight + 0.05 * weight
        }
        // Gamma densities of shape 2 and rate 1, of shape 1.1 and rate 30.
        loss += theta.variance - log(theta.variance) + 30 * theta.noise - 0.1 * log(theta.noise)
        slopes[theta.weights.count] += theta.variance - 1
        slopes[theta.weights.count + 1] += 30 * theta.noise - 0.1
        return loss
    }
}
