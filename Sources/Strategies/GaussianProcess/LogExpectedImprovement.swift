import Glibc

/// The logarithm of the expected improvement on a best value (Ament et al., 2023): far from it the improvement itself
/// would be zero everywhere, and no search could find its way.
enum LogExpectedImprovement {
    private static let logRootTwoPi = 0.5 * log(2 * Double.pi)
    /// Below, the series is exact to the last digits.
    private static let far = -25.0

    /// log(phi(z) + z Phi(z)), and its slope.
    static func standard(_ z: Double) -> (value: Double, slope: Double) {
        let logDensity = -0.5 * z * z - logRootTwoPi
        guard z < far else {
            let below = 0.5 * erfc(-z * 0.5.squareRoot())
            let improvement = exp(logDensity) + z * below
            return (log(improvement), below / improvement)
        }
        let inverse = 1 / (z * z)
        let improvement = 1 - inverse * (3 - inverse * (15 - inverse * (105 - inverse * 945)))
        let below = 1 - inverse * (1 - inverse * (3 - inverse * (15 - inverse * 105)))
        return (logDensity + log(inverse * improvement), -z * below / improvement)
    }

    /// - Parameters:
    ///   - mean, sigma: of what is believed of a loss.
    ///   - best: the least loss so far.
    /// - Returns: the value, its slope by the mean and by sigma.
    static func of(mean: Double, sigma: Double, best: Double) -> (value: Double, byMean: Double, bySigma: Double) {
        let z = (best - mean) / sigma
        let (value, slope) = standard(z)
        return (value + log(sigma), -slope / sigma, (1 - z * slope) / sigma)
    }
}
