import Glibc

/// The mixed-model equations of candidates and seeds: first what is common to those that are pulled, then each other candidate, then
/// the own effects of the pulled, then the seeds'.
///
/// All is counted in units of ``scale`` from each candidate's ``origins``: who is pulled has the center of them all there, any other its
/// own mean. That changes nothing but the unknowns' zero, and a candidate far away takes no digits from the rest.
struct Design {
    struct Fit {
        let logLikelihood: Double
        let means: [Double]
        let covariances: [Double]
    }

    /// Observations beyond what the fixed effects take.
    let freedom: Int
    let origins: [Double]
    let scale: Double
    private let size: Int
    private let fixed: Int
    private let pulled: Int
    /// By candidate, the unknowns that add up to its mean.
    private let places: [[Int]]
    /// Each value with its unknowns.
    private let rows: [(unknowns: [Int], value: Double)]
    private var matrix: [Double]
    private var right: [Double]
    /// A sum of squares that the digits of the values cannot tell from 0.
    private let least: Double

    init(_ observations: [SeedModel.Observation], isPulled: [Bool]) {
        let seeds = Set(observations.map(\.seed)).sorted()
        pulled = isPulled.count { $0 }
        let common = pulled > 0 ? 1 : 0
        fixed = common + isPulled.count - pulled
        let (ownPlaces, seedPlaces) = (fixed, fixed + pulled)
        size = seedPlaces + seeds.count
        freedom = observations.count - fixed
        var (own, other) = (ownPlaces, common)
        let places = isPulled.map { isPulled in
            defer { if isPulled { own += 1 } else { other += 1 } }
            return isPulled ? [0, own] : [other]
        }
        let means = isPulled.indices.map { place in
            ValueRow(observations.filter { $0.candidate == place }.map(\.value)).mean
        }
        let center = ValueRow(zip(means, isPulled).compactMap { $1 ? $0 : nil }).mean
        let origins = zip(means, isPulled).map { $1 ? center : $0 }
        let reach = observations.map { abs($0.value - origins[$0.candidate]) }.max() ?? 0
        let scale = reach > 0 ? reach : 1
        rows = observations.map { observation in
            let seed = seedPlaces + (seeds.firstIndex(of: observation.seed) ?? 0)
            return (places[observation.candidate] + [seed], (observation.value - origins[observation.candidate]) / scale)
        }
        let digit = (observations.map { $0.value.ulp }.max() ?? 0) / scale
        // Where nothing varies with its seeds, the distance of two candidates is no step.
        let varies = isPulled.indices.contains { place in
            Set(observations.filter { $0.candidate == place }.map(\.value)).count > 1
        }
        let rounding = varies && isPulled.count > 1 ? ValueRow.roundingDeviation(observations.map(\.value)) / scale : 0
        least = max((digit * digit + rounding * rounding) * Double(observations.count), 1e-200)
        (self.places, self.origins, self.scale) = (places, origins, scale)
        (matrix, right) = (Array(repeating: 0, count: size * size), Array(repeating: 0, count: size))
        for row in rows {
            for i in row.unknowns {
                right[i] += row.value
                for j in row.unknowns { matrix[i * size + j] += 1 }
            }
        }
    }

    /// - Parameters: standard deviations in units of the noise's.
    func fit(pulled own: Double, seeds: Double) -> Fit {
        var matrix = matrix
        var logPrior = 0.0
        func variance(_ place: Int) -> Double { place < fixed + pulled ? own * own : seeds * seeds }
        for place in fixed..<size {
            matrix[place * size + place] += 1 / variance(place)
            logPrior += log(variance(place))
        }
        let factor = CholeskyFactor(matrix, size: size)
        let unknowns = factor.solvedBack(factor.solved(right))
        // As a sum of squares: what is left of a great sum less another has no digits.
        var rest = rows.reduce(0) { sum, row in
            let error = row.unknowns.reduce(row.value) { $0 - unknowns[$1] }
            return sum + error * error
        }
        for place in fixed..<size { rest += unknowns[place] * unknowns[place] / variance(place) }
        rest = max(rest, least)
        let noise = rest / Double(freedom)
        let halves = places.map { unknowns -> [Double] in
            var sum = Array(repeating: 0.0, count: size)
            for place in unknowns { sum[place] = 1 }
            return factor.solved(sum)
        }
        var covariances = Array(repeating: 0.0, count: places.count * places.count)
        for (i, a) in halves.enumerated() {
            for j in 0...i {
                var sum = 0.0
                for k in 0..<size { sum += a[k] * halves[j][k] }
                (covariances[i * places.count + j], covariances[j * places.count + i]) = (noise * sum, noise * sum)
            }
        }
        return Fit(
            logLikelihood: -0.5 * (factor.logDeterminant + logPrior) - Double(freedom) / 2 * log(rest),
            means: places.map { $0.reduce(0) { $0 + unknowns[$1] } },
            covariances: covariances)
    }
}
