import Glibc

/// What seeds tell of configurations: each value is its configuration's mean, plus what the seed does to all of them, plus noise.
///
/// The finalists' means are drawn from one normal distribution, so that the luckiest of them is pulled toward the others: the best of
/// several is in part the luckiest. The baseline was not picked for its value and is not pulled. Seeds are common to all, so that
/// differences are compared seed by seed. How far the finalists and the seeds differ is not known: what is told is averaged over
/// both, each possibility weighed by how well it explains the values, with the noise integrated out. So every distribution here is a
/// mixture of Student's (Gelman, Hill and Yajima, "Why We (Usually) Don't Have to Worry About Multiple Comparisons", 2012;
/// the mixed-model equations are Henderson's, 1975).
///
/// The noise is one for all, but for whoever clearly has more (``NoiseGroups``): that one stands by its own values alone, its mean is
/// pulled toward nobody's, and it is held against the others as in Welch's test ("The Generalization of 'Student's' Problem when Several
/// Different Population Variances are Involved", 1947), with Satterthwaite's degrees of freedom (1946). A finalist far away from all
/// others is no draw from their distribution, and is not pulled either.
package struct SeedModel: Sendable {
    package struct Observation: Sendable, Hashable {
        package let candidate: Int
        package let seed: Int
        package let value: Double

        package init(candidate: Int, seed: Int, value: Double) {
            (self.candidate, self.seed, self.value) = (candidate, seed, value)
        }
    }

    /// What one pair of spreads says, in units of ``scale`` from ``origins``.
    private struct Component {
        var weight: Double
        /// By place in the design.
        let means: [Double]
        /// Their covariances, by rows.
        let covariances: [Double]
    }

    /// One candidate's mean by one component.
    private struct Estimate {
        let mean: Double
        let variance: Double
        let freedom: Double
    }

    private var components: [Component] = []
    private let freedom: Double
    private let scale: Double
    /// By candidate.
    private var origins: [Double]
    /// By candidate, its place among those that share a noise; nil: it has its own.
    private let places: [Int?]
    private let rows: [ValueRow]
    private let count: Int

    /// - Parameters:
    ///   - observations: at most one of a candidate with a seed; every candidate has one.
    ///   - isFinalist: by candidate; the others' means are not pulled toward anything.
    /// - Returns: nil where there are too few to tell noise from anything.
    package init?(_ observations: [Observation], isFinalist: [Bool]) {
        var values = isFinalist.map { _ in [Int: Double]() }
        for observation in observations { values[observation.candidate][observation.seed] = observation.value }
        guard !values.contains(where: \.isEmpty) else { return nil }
        self.init(values, isFinalist, own: NoiseGroups(values).own)
    }

    private init?(_ values: [[Int: Double]], _ isFinalist: [Bool], own: Set<Int>) {
        let shared = values.indices.filter { !own.contains($0) }
        let observations = shared.enumerated().flatMap { place, candidate in
            values[candidate].sorted { $0.key < $1.key }.map { Observation(candidate: place, seed: $0.key, value: $0.value) }
        }
        let rows = values.map { ValueRow($0.sorted { $0.key < $1.key }.map(\.value)) }
        let design = Design(observations, isPulled: Self.pulled(shared.map { rows[$0] }, shared.map { isFinalist[$0] }))
        self.rows = rows
        guard design.freedom >= 1 else { return nil }
        (freedom, count, scale) = (Double(design.freedom), shared.count, design.scale)
        var places = [Int?](repeating: nil, count: values.count)
        origins = rows.map(\.mean)
        for (place, candidate) in shared.enumerated() {
            (places[candidate], origins[candidate]) = (place, design.origins[place])
        }
        self.places = places
        let spreads = Self.halfCauchy(scale: 1, to: 2000, points: 14).flatMap { finalists in
            Self.halfCauchy(scale: 0.5, to: 60, points: 7).map { (finalists, $0) }
        }
        let fits = spreads.map { design.fit(pulled: $0.spread, seeds: $1.spread) }
        let logs = zip(spreads, fits).map { log($0.0.weight * $0.1.weight) + $1.logLikelihood }
        let best = logs.max() ?? 0
        let weights = logs.map { exp($0 - best) }
        let total = weights.reduce(0, +)
        // What weighs nothing is not looked at again and again.
        components = zip(fits, weights).filter { $1 > 1e-14 * total }.map {
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

    /// The finalists, but for those so far from their middle that no spread that is weighed reaches them.
    private static func pulled(_ rows: [ValueRow], _ isFinalist: [Bool]) -> [Bool] {
        let means = zip(rows, isFinalist).filter(\.1).map(\.0.mean).sorted()
        let freedom = rows.reduce(0) { $0 + $1.freedom }
        guard !means.isEmpty, freedom > 0 else { return isFinalist }
        let middle = means[means.count / 2]
        let digit = rows.map(\.digit).max() ?? 0
        let noise = max((rows.reduce(0) { $0 + $1.squares } / Double(freedom)).squareRoot(), digit)
        return zip(rows, isFinalist).map { $1 && abs($0.mean - middle) <= 300 * noise }
    }

    /// Whether its values differ from seed to seed so much more than the others' that it is taken by itself.
    package func hasOwnNoise(_ candidate: Int) -> Bool { places[candidate] == nil }

    /// In units of the scale from the candidate's origin.
    private func estimate(of candidate: Int, _ part: Component) -> Estimate {
        guard let place = places[candidate] else {
            let row = rows[candidate]
            return Estimate(
                mean: 0, variance: row.variance / Double(row.count) / scale / scale, freedom: Double(row.freedom))
        }
        return Estimate(mean: part.means[place], variance: part.covariances[place * count + place], freedom: freedom)
    }

    /// A candidate's mean, as far as it can be told.
    package func mean(of candidate: Int) -> Double {
        origins[candidate] + scale * components.reduce(0) { $0 + $1.weight * estimate(of: candidate, $1).mean }
    }

    /// The probability that a candidate's mean is greater than another's.
    package func probability(_ one: Int, above other: Int) -> Double {
        let apart = (origins[one] - origins[other]) / scale
        return components.reduce(0) { sum, part in
            let (a, b) = (estimate(of: one, part), estimate(of: other, part))
            let distance = apart + a.mean - b.mean
            var (variance, freedom) = (a.variance + b.variance, freedom)
            if let x = places[one], let y = places[other] {
                variance -= 2 * part.covariances[x * count + y]
            } else if variance > 0 {
                let (x, y) = (a.variance / variance, b.variance / variance)
                freedom = 1 / (x * x / a.freedom + y * y / b.freedom)
            }
            let ratio = distance == 0 ? 0 : distance / max(variance, 0).squareRoot()
            return sum + part.weight * StudentT.cumulative(ratio, freedom: freedom)
        }
    }

    /// Where a candidate's mean lies with a probability, as much left out on either side.
    package func interval(of candidate: Int, probability: Double) -> ClosedRange<Double> {
        let low = origins[candidate] + scale * quantile(of: candidate, (1 - probability) / 2)
        return low...max(low, origins[candidate] + scale * quantile(of: candidate, (1 + probability) / 2))
    }

    private func quantile(of candidate: Int, _ probability: Double) -> Double {
        let parts = components.map { (weight: $0.weight, estimate: estimate(of: candidate, $0)) }
        func cumulative(_ x: Double) -> Double {
            parts.reduce(0) { sum, part in
                let deviation = max(part.estimate.variance, 0).squareRoot()
                guard deviation > 0 else { return sum + (x >= part.estimate.mean ? part.weight : 0) }
                let ratio = (x - part.estimate.mean) / deviation
                return sum + part.weight * StudentT.cumulative(ratio, freedom: part.estimate.freedom)
            }
        }
        let reach = parts.map { max($0.estimate.variance, 0).squareRoot() }.max() ?? 0
        let means = parts.map(\.estimate.mean)
        var (low, high) = ((means.min() ?? 0) - reach, (means.max() ?? 0) + reach)
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
