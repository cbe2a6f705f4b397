import Glibc

/// What seeds tell of configurations: each value is its configuration's mean, plus what the seed does to all of them, plus noise.
///
/// The finalists' means are drawn from one normal distribution, so that the luckiest of them is pulled toward the others: the best of
/// several is in part the luckiest. The baseline was not picked for its value and is not pulled. Seeds are common to all, so that
/// differences are compared seed by seed. How far the finalists and the seeds differ is not known: what is told is averaged over
/// both, each possibility weighed by how well it explains the values, with the noise integrated out. So every distribution here is a
/// mixture of Student's (Gelman, Hill and Yajima, "Why We (Usually) Don't Have to Worry About Multiple Comparisons", 2012;
/// the mixed-model equations are Henderson's, 1975).
package struct SeedModel: Sendable {
    package struct Observation: Sendable, Hashable {
        package let candidate: Int
        package let seed: Int
        package let value: Double

        package init(candidate: Int, seed: Int, value: Double) {
            (self.candidate, self.seed, self.value) = (candidate, seed, value)
        }
    }

    /// What one pair of spreads says.
    private struct Component {
        var weight: Double
        /// By candidate.
        let means: [Double]
        /// Their covariances, by rows.
        let covariances: [Double]
    }

    private var components: [Component] = []
    private let freedom: Double
    private let count: Int

    /// - Parameters:
    ///   - observations: at most one of a candidate with a seed; every candidate has one.
    ///   - isFinalist: by candidate; the others' means are not pulled toward anything.
    /// - Returns: nil where there are too few to tell noise from anything.
    package init?(_ observations: [Observation], isFinalist: [Bool]) {
        let design = Design(observations, isFinalist: isFinalist)
        guard design.freedom >= 1, Set(observations.map(\.candidate)).count == isFinalist.count else { return nil }
        (freedom, count) = (Double(design.freedom), isFinalist.count)
        let spreads = Self.halfCauchy(scale: 1, to: 2000, points: 14).flatMap { finalists in
            Self.halfCauchy(scale: 0.5, to: 60, points: 7).map { (finalists, $0) }
        }
        let fits = spreads.map { design.fit(finalists: $0.spread, seeds: $1.spread) }
        let logs = zip(spreads, fits).map { log($0.0.weight * $0.1.weight) + $1.logLikelihood }
        let best = logs.max() ?? 0
        let weights = logs.map { exp($0 - best) }
        let total = weights.reduce(0, +)
        components = zip(fits, weights).map {
            Component(weight: $1 / total, means: $0.means, covariances: $0.covariances)
        }
    }

    /// Spreads in units of the noise, each a factor apart from the next, and how likely they are before any value is known.
    private static func halfCauchy(scale: Double, to most: Double, points: Int) -> [(spread: Double, weight: Double)] {
        let least = 0.06
        return (0..<points).map { point in
            let spread = least * pow(most / least, Double(point) / Double(points - 1))
            let ratio = spread / scale
            return (spread, ratio / (1 + ratio * ratio))
        }
    }

    /// A candidate's mean, as far as it can be told.
    package func mean(of candidate: Int) -> Double {
        components.reduce(0) { $0 + $1.weight * $1.means[candidate] }
    }

    /// The probability that a candidate's mean is greater than another's.
    package func probability(_ one: Int, above other: Int) -> Double {
        components.reduce(0) { sum, part in
            let variance =
                part.covariances[one * count + one] + part.covariances[other * count + other]
                - 2 * part.covariances[one * count + other]
            let ratio = (part.means[one] - part.means[other]) / sqrt(max(variance, 1e-300))
            return sum + part.weight * StudentT.cumulative(ratio, freedom: freedom)
        }
    }

    /// Where a candidate's mean lies with a probability, as much left out on either side.
    package func interval(of candidate: Int, probability: Double) -> ClosedRange<Double> {
        let low = quantile(of: candidate, (1 - probability) / 2)
        return low...max(low, quantile(of: candidate, (1 + probability) / 2))
    }

    private func quantile(of candidate: Int, _ probability: Double) -> Double {
        let parts = components.map {
            ($0.weight, $0.means[candidate], sqrt(max($0.covariances[candidate * count + candidate], 0)))
        }
        func cumulative(_ x: Double) -> Double {
            parts.reduce(0) { sum, part in
                guard part.2 > 0 else { return sum + (x >= part.1 ? part.0 : 0) }
                return sum + part.0 * StudentT.cumulative((x - part.1) / part.2, freedom: freedom)
            }
        }
        let reach = parts.map(\.2).max() ?? 0
        var (low, high) = ((parts.map(\.1).min() ?? 0) - reach, (parts.map(\.1).max() ?? 0) + reach)
        // All values are the same: there is one place.
        guard low < high else { return low }
        while cumulative(low) > probability, low.isFinite { low -= 2 * (high - low) + reach }
        while cumulative(high) < probability, high.isFinite { high += 2 * (high - low) + reach }
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if cumulative(middle) < probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
