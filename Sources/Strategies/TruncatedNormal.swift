import Glibc
import SearchSpaces

/// A normal cut off at two bounds about its mean.
struct TruncatedNormal: Sendable, Hashable {
    let mean: Double
    let sigma: Double
    let low: Double
    let high: Double

    /// The value at a quantile from 0 to below 1.
    func value(atQuantile quantile: Double) -> Double {
        let below = 0.5 * erfc((mean - low) / sigma * 0.5.squareRoot())
        let mass = Self.mass(from: (low - mean) / sigma, to: (high - mean) / sigma)
        let x = mean + sigma * Distribution.standardNormal(atQuantile: below + quantile * mass)
        return min(max(x, low), high)
    }

    /// The logarithm of the mass that the whole normal has between the bounds.
    var logMass: Double {
        // Beyond nine sigmas lies nothing that a Double could tell from 1.
        if mean - low > 9 * sigma && high - mean > 9 * sigma { return 0 }
        return log(Self.mass(from: (low - mean) / sigma, to: (high - mean) / sigma))
    }

    /// The standard normal's mass in an interval, exact in both tails.
    static func mass(from a: Double, to b: Double) -> Double {
        if a > 0 { return mass(from: -b, to: -a) }
        let root = 0.5.squareRoot()
        return 0.5 * (erfc(-b * root) - erfc(-a * root))
    }
}
