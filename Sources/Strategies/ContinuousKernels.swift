import Glibc
import SearchSpaces

/// The kernels of one continuous parameter: a truncated normal for each observation and, last, the prior.
///
/// An observation without the parameter has the prior's kernel.
struct ContinuousKernels: Sendable {
    private let scale: NumericScale
    /// Shapes [observations + 1].
    private(set) var means: [Double]
    private(set) var sigmas: [Double]
    private var inverseSigmas: [Double]
    /// log(sigma sqrt(2 pi) mass between the bounds)
    private var logNormalizers: [Double]

    /// - Parameters:
    ///   - places: observed on the axis, rising.
    ///   - observations: whose place each is.
    ///   - count: observations, with the parameter or without.
    init(_ scale: NumericScale, places: [Double], observations: [Int32], count: Int) {
        self.scale = scale
        let prior = scale.prior
        means = [Double](repeating: prior.mean, count: count + 1)
        sigmas = [Double](repeating: prior.sigma, count: count + 1)
        inverseSigmas = [Double](repeating: 1 / prior.sigma, count: count + 1)
        var logScale = log(prior.sigma * (2 * Double.pi).squareRoot())
        logNormalizers = [Double](repeating: logScale + prior.logMass, count: count + 1)
        var last = prior.sigma
        for (index, sigma) in ParzenWidths(low: scale.low, high: scale.high).sigmas(of: places).enumerated() {
            // Where observations lie close together all have the least width.
            if sigma != last { (last, logScale) = (sigma, log(sigma * (2 * Double.pi).squareRoot())) }
            let kernel = TruncatedNormal(mean: places[index], sigma: sigma, low: scale.low, high: scale.high)
            let observation = Int(observations[index])
            means[observation] = places[index]
            sigmas[observation] = sigma
            inverseSigmas[observation] = 1 / sigma
            logNormalizers[observation] = logScale + kernel.logMass
        }
    }

    /// A coordinate drawn from an observation's kernel.
    func draw(_ observation: Int, using generator: inout SeededGenerator) -> Double {
        let kernel = TruncatedNormal(
            mean: means[observation], sigma: sigmas[observation], low: scale.low, high: scale.high)
        return scale.coordinate(at: kernel.value(atQuantile: generator.unit()))
    }

    /// Adds the logarithm of every kernel's density at a coordinate.
    func addLogDensities(at coordinate: Double, to sums: inout [Double]) {
        let place = scale.place(of: coordinate)
        means.withUnsafeBufferPointer { means in
            inverseSigmas.withUnsafeBufferPointer { inverseSigmas in
                logNormalizers.withUnsafeBufferPointer { logNormalizers in
                    sums.withUnsafeMutableBufferPointer { sums in
                        for index in means.indices {
                            let distance = (place - means[index]) * inverseSigmas[index]
                            sums[index] -= 0.5 * distance * distance + logNormalizers[index]
                        }
                    }
                }
            }
        }
    }
}
