import Glibc

/// The mixed-model equations of candidates and seeds: first what is common to the finalists, then each other candidate, then the
/// finalists' own effects, then the seeds'.
struct Design {
    struct Fit {
        let logLikelihood: Double
        let means: [Double]
        let covariances: [Double]
    }

    /// Observations beyond what the fixed effects take.
    let freedom: Int
    private let size: Int
    private let fixed: Int
    private let finalists: Int
    /// By candidate, the unknowns that add up to its mean.
    private let places: [[Int]]
    private var matrix: [Double]
    private var right: [Double]
    private var squares = 0.0
    private let center: Double
    private let scale: Double

    init(_ observations: [SeedModel.Observation], isFinalist: [Bool]) {
        let seeds = Set(observations.map(\.seed)).sorted()
        finalists = isFinalist.count { $0 }
        let common = finalists > 0 ? 1 : 0
        fixed = common + isFinalist.count - finalists
        size = fixed + finalists + seeds.count
        freedom = observations.count - fixed
        var (own, other) = (fixed, common)
        places = isFinalist.map { isFinalist in
            defer { if isFinalist { own += 1 } else { other += 1 } }
            return isFinalist ? [0, own] : [other]
        }
        let center = observations.reduce(0) { $0 + $1.value / Double(max(1, observations.count)) }
        let reach = observations.map { abs($0.value - center) }.max() ?? 0
        (self.center, scale) = (center, reach > 0 ? reach : 1)
        (matrix, right) = (Array(repeating: 0, count: size * size), Array(repeating: 0, count: size))
        for observation in observations {
            let seed = fixed + finalists + (seeds.firstIndex(of: observation.seed) ?? 0)
            let row = places[observation.candidate] + [seed]
            let value = (observation.value - center) / scale
            squares += value * value
            for i in row {
                right[i] += value
                for j in row { matrix[i * size + j] += 1 }
            }
        }
    }

    /// - Parameters: standard deviations in units of the noise's.
    func fit(finalists own: Double, seeds: Double) -> Fit {
        var matrix = matrix
        var logPrior = 0.0
        for place in fixed..<size {
            let variance = place < fixed + finalists ? own * own : seeds * seeds
            matrix[place * size + place] += 1 / variance
            logPrior += log(variance)
        }
        let factor = CholeskyFactor(matrix, size: size)
        let half = factor.solved(right)
        // Where all values are one the noise is none; so small a number still lets everything be computed.
        let rest = max(squares - half.reduce(0) { $0 + $1 * $1 }, 1e-18)
        let noise = rest / Double(freedom)
        let rows = places.map { unknowns -> [Double] in
            var sum = Array(repeating: 0.0, count: size)
            for place in unknowns { sum[place] = 1 }
            return factor.solved(sum)
        }
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        return Fit(
            logLikelihood: -0.5 * (factor.logDeterminant + logPrior) - Double(freedom) / 2 * log(rest),
            means: rows.map { center + scale * product($0, half) },
            covariances: rows.flatMap { a in rows.map { scale * scale * noise * product(a, $0) } })
    }
}
