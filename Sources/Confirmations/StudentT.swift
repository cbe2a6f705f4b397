import Glibc

/// Student's t distribution.
package enum StudentT {
    /// The probability of a value of at most `x`.
    package static func cumulative(_ x: Double, freedom: Double) -> Double {
        guard x.isFinite else { return x > 0 ? 1 : 0 }
        let tail = 0.5 * beta(freedom / (freedom + x * x), freedom / 2, 0.5)
        return x > 0 ? 1 - tail : tail
    }

    /// The probability that the ratio of two mean squares with so many degrees of freedom is greater than `ratio` though they are of
    /// the same variance: Fisher's F distribution.
    static func tail(ofRatio ratio: Double, _ freedom: Double, _ other: Double) -> Double {
        guard ratio > 0 else { return 1 }
        return beta(other / (other + freedom * ratio), other / 2, freedom / 2)
    }

    /// The regularized incomplete beta function (Press et al., "Numerical Recipes", 2007, section 6.4).
    static func beta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        let factor = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
        // The fraction converges quickly on one side only; the function is symmetric.
        return x < (a + 1) / (a + b + 2) ? factor * fraction(x, a, b) / a : 1 - factor * fraction(1 - x, b, a) / b
    }

    /// By Lentz's method.
    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        func apart(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
        var c = 1.0
        var d = 1 / apart(1 - (a + b) * x / (a + 1))
        var sum = d
        for step in 1...300 {
            let m = Double(step)
            for term in [
                m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            ] {
                d = 1 / apart(1 + term * d)
                c = apart(1 + term / c)
                sum *= d * c
            }
            if abs(d * c - 1) < 1e-15 { break }
        }
        return sum
    }
}
