import Glibc

/// How likely a trial is to run out of memory, by features of which some never make it less likely: a logistic regression with a normal
/// prior on its weights, whose rising ones are not below 0.
///
/// The weights are the most likely ones; how unsure they are is told by the curvature there (Laplace), so that a place far from all trials
/// is a coin's toss and no certainty (MacKay, "The Evidence Framework Applied to Classification Networks", 1992).
struct MonotoneLogistic: Sendable {
    struct Prior: Sendable {
        let mean: Double
        let sigma: Double
        let isRising: Bool
    }

    /// The intercept first.
    private(set) var weights: [Double]
    /// The lower factor of the curvature, by rows.
    private var factor: [Double] = []

    private static let (steps, tolerance) = (40, 1e-9)

    /// - Parameters:
    ///   - rows: features by trial.
    ///   - ranOut: by trial.
    ///   - priors: of the intercept, then by feature.
    init(_ rows: [[Double]], ranOut: [Bool], priors: [Prior]) {
        let problem = Problem(rows: rows.map { [1] + $0 }, ranOut: ranOut, priors: priors)
        weights = priors.map(\.mean)
        var value = problem.value(weights)
        for _ in 0..<Self.steps {
            let (slopes, curvature) = problem.slopes(weights)
            // A weight that stands at its bound and is pushed beyond it stays there.
            let free = weights.indices.filter { !(priors[$0].isRising && weights[$0] <= 0 && slopes[$0] > 0) }
            let step = Self.newton(free, slopes, curvature)
            var (length, next, better) = (1.0, weights, Double.infinity)
            while length > 1e-4 {
                next = weights.indices.map { index in
                    let moved = weights[index] - length * step[index]
                    return priors[index].isRising ? max(moved, 0) : moved
                }
                better = problem.value(next)
                if better <= value { break }
                length /= 2
            }
            guard better <= value else { break }
            let gain = value - better
            (weights, value) = (next, better)
            if gain < Self.tolerance { break }
        }
        factor = Self.lower(problem.slopes(weights).curvature, size: weights.count)
    }

    /// The probability that it does not run out, and its logarithm's argument: how far it is from the border in units of doubt.
    func fit(_ features: [Double]) -> Double {
        let row = [1] + features
        let middle = zip(weights, row).reduce(0) { $0 + $1.0 * $1.1 }
        var (half, variance) = (row, 0.0)
        for index in half.indices {
            for earlier in 0..<index { half[index] -= factor[index * half.count + earlier] * half[earlier] }
            half[index] /= factor[index * half.count + index]
            variance += half[index] * half[index]
        }
        return 1 / (1 + exp(middle / (1 + Double.pi * variance / 8).squareRoot()))
    }

    // MARK: - Fitting

    private struct Problem {
        let rows: [[Double]]
        let ranOut: [Bool]
        let priors: [Prior]

        private func score(_ row: [Double], _ weights: [Double]) -> Double {
            zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
        }

        /// The negative logarithm of the posterior.
        func value(_ weights: [Double]) -> Double {
            var sum = 0.0
            for (row, ranOut) in zip(rows, ranOut) {
                let score = score(row, weights)
                sum += max(score, 0) + log1p(exp(-abs(score))) - (ranOut ? score : 0)
            }
            for (weight, prior) in zip(weights, priors) {
                let distance = (weight - prior.mean) / prior.sigma
                sum += 0.5 * distance * distance
            }
            return sum
        }

        /// Its slopes, and its curvature by rows.
        func slopes(_ weights: [Double]) -> (slopes: [Double], curvature: [Double]) {
            let count = weights.count
            var slopes = zip(weights, priors).map { ($0 - $1.mean) / ($1.sigma * $1.sigma) }
            var curvature = [Double](repeating: 0, count: count * count)
            for (index, prior) in priors.enumerated() { curvature[index * count + index] = 1 / (prior.sigma * prior.sigma) }
            for (row, ranOut) in zip(rows, ranOut) {
                let share = 1 / (1 + exp(-score(row, weights)))
                for a in 0..<count where row[a] != 0 {
                    slopes[a] += (share - (ranOut ? 1 : 0)) * row[a]
                    for b in 0..<count { curvature[a * count + b] += share * (1 - share) * row[a] * row[b] }
                }
            }
            return (slopes, curvature)
        }
    }

    /// Newton's step in some of the weights; 0 in the others.
    private static func newton(_ free: [Int], _ slopes: [Double], _ curvature: [Double]) -> [Double] {
        let (count, size) = (slopes.count, free.count)
        let factor = lower(free.flatMap { a in free.map { curvature[a * count + $0] } }, size: size)
        var solution = free.map { slopes[$0] }
        for index in 0..<size {
            for earlier in 0..<index { solution[index] -= factor[index * size + earlier] * solution[earlier] }
            solution[index] /= factor[index * size + index]
        }
        for index in (0..<size).reversed() {
            for later in (index + 1)..<max(size, index + 1) {
                solution[index] -= factor[later * size + index] * solution[later]
            }
            solution[index] /= factor[index * size + index]
        }
        var step = [Double](repeating: 0, count: count)
        for (place, index) in free.enumerated() { step[index] = solution[place] }
        return step
    }

    /// The Cholesky factor of a positive definite matrix: small ones, for which a library need not be loaded.
    private static func lower(_ matrix: [Double], size: Int) -> [Double] {
        var factor = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0...row {
                var sum = matrix[row * size + column]
                for index in 0..<column { sum -= factor[row * size + index] * factor[column * size + index] }
                factor[row * size + column] =
                    row == column ? max(sum, 1e-12).squareRoot() : sum / factor[column * size + column]
            }
        }
        return factor
    }
}
