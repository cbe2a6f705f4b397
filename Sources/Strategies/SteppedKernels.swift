import Glibc
import SearchSpaces

/// The kernels of one numeric parameter with steps: for each observation and, last, the prior, the masses that a
/// truncated normal has over the steps. Observations at one value share their kernels.
struct SteppedKernels: Sendable {
    private let scale: NumericScale
    private let step: Double
    /// Shapes [distinct kernels].
    private(set) var distinct: [TruncatedNormal]
    private var logMasses: [Double]
    /// [observations + 1]: which of the distinct kernels is an observation's.
    private(set) var kernels: [Int32]

    /// - Parameters:
    ///   - places: observed on the axis, rising.
    ///   - observations: whose place each is.
    ///   - count: observations, with the parameter or without.
    init(_ scale: NumericScale, step: Double, places: [Double], observations: [Int32], count: Int) {
        (self.scale, self.step) = (scale, step)
        distinct = [scale.prior]
        kernels = [Int32](repeating: 0, count: count + 1)
        for (index, sigma) in ParzenWidths(low: scale.low, high: scale.high).sigmas(of: places).enumerated() {
            let kernel = TruncatedNormal(mean: places[index], sigma: sigma, low: scale.low, high: scale.high)
            if distinct[distinct.count - 1] != kernel { distinct.append(kernel) }
            kernels[Int(observations[index])] = Int32(distinct.count - 1)
        }
        logMasses = distinct.map(\.logMass)
    }

    /// A coordinate drawn from an observation's kernel.
    func draw(_ observation: Int, using generator: inout SeededGenerator) -> Double {
        scale.coordinate(at: distinct[Int(kernels[observation])].value(atQuantile: generator.unit()))
    }

    /// The logarithm of every distinct kernel's mass at a coordinate.
    func logMasses(at coordinate: Double) -> [Double] {
        let (left, right) = scale.stretch(of: coordinate, step: step)
        return zip(distinct, logMasses).map { kernel, logMass in
            let (from, to) = ((left - kernel.mean) / kernel.sigma, (right - kernel.mean) / kernel.sigma)
            let middle = (from + to) / 2
            if abs(middle) < 9 { return log(TruncatedNormal.mass(from: from, to: to)) - logMass }
            // Far off, the middle's density will do: next to the prior's kernel the mass there is nothing.
            return log((to - from) / (2 * Double.pi).squareRoot()) - 0.5 * middle * middle - logMass
        }
    }
}
