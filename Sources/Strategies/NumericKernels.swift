import Glibc
import SearchSpaces

/// The kernels of one numeric parameter: a truncated normal for each observation and, last, the prior.
///
/// sigma is the larger gap to a neighbour, within (high - low) / min(100, 1 + K) and high - low, K being the number of
/// kernels (Bergstra et al., 2011; as Optuna 5 has it). An observation without the parameter has the prior's kernel.
struct NumericKernels: Sendable {
    let scale: NumericScale
    /// Shapes [distinct kernels].
    private(set) var means: [Double] = []
    private(set) var sigmas: [Double] = []
    /// What is taken from a kernel's logarithm: log(sigma sqrt(2 pi) mass), or log(mass) for a stepped parameter.
    private var logNormalizers: [Double] = []
    /// [observations + 1]: which of the kernels is an observation's.
    private(set) var kernels: [Int32]

    /// - Parameters:
    ///   - sorted: the observed places on the axis, rising and within the bounds, each with its observation.
    ///   - count: observations, with the parameter or without.
    init(_ scale: NumericScale, sorted: [(place: Double, observation: Int32)], count: Int) {
        self.scale = scale
        let (low, high) = (scale.low, scale.high)
        means.reserveCapacity(sorted.count + 1)
        kernels = [Int32](repeating: 0, count: count + 1)
        append(mean: scale.prior.mean, sigma: scale.prior.sigma)
        let least = (high - low) / min(100, Double(sorted.count + 2))
        for index in sorted.indices {
            let mean = sorted[index].place
            let left = index > 0 ? mean - sorted[index - 1].place : sorted.count == 1 ? mean - low : 0
            let right = index + 1 < sorted.count ? sorted[index + 1].place - mean : sorted.count == 1 ? high - mean : 0
            let sigma = min(max(left, right, least), high - low)
            if means[means.count - 1] != mean || sigmas[sigmas.count - 1] != sigma { append(mean: mean, sigma: sigma) }
            kernels[Int(sorted[index].observation)] = Int32(means.count - 1)
        }
    }

    private mutating func append(mean: Double, sigma: Double) {
        means.append(mean)
        sigmas.append(sigma)
        let logMass = kernel(mean, sigma).logMass
        logNormalizers.append(scale.step == nil ? logMass + log(sigma * (2 * Double.pi).squareRoot()) : logMass)
    }

    private func kernel(_ mean: Double, _ sigma: Double) -> TruncatedNormal {
        TruncatedNormal(mean: mean, sigma: sigma, low: scale.low, high: scale.high)
    }

    /// A coordinate drawn from an observation's kernel.
    func draw(_ observation: Int, using generator: inout SeededGenerator) -> Double {
        let index = Int(kernels[observation])
        return scale.coordinate(at: kernel(means[index], sigmas[index]).value(atQuantile: generator.unit()))
    }

    /// The logarithm of every distinct kernel's density (or, for a stepped parameter, mass) at a coordinate.
    func logDensities(at coordinate: Double) -> [Double] {
        let place = scale.place(of: coordinate)
        guard let step = scale.step else {
            return means.indices.map { index in
                let distance = (place - means[index]) / sigmas[index]
                return -0.5 * distance * distance - logNormalizers[index]
            }
        }
        let (left, right) = scale.stretch(of: coordinate, step: step)
        return means.indices.map { index in
            let (from, to) = ((left - means[index]) / sigmas[index], (right - means[index]) / sigmas[index])
            let distance = (from + to) / 2
            if abs(distance) < 9 { return log(TruncatedNormal.mass(from: from, to: to)) - logNormalizers[index] }
            // Far off, the middle's density will do: next to the prior's kernel the mass there is nothing.
            return log((to - from) / (2 * Double.pi).squareRoot()) - 0.5 * distance * distance - logNormalizers[index]
        }
    }
}
