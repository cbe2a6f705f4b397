import SearchSpaces

/// One parameter's part of a mixture: each observation has one of some distinct kernels.
enum Kernels: Sendable {
    case numeric(NumericKernels)
    case categorical(CategoricalKernels)
    /// A parameter with one value says nothing.
    case fixed

    /// A coordinate drawn from an observation's kernel; the observation after the last is the prior.
    func draw(_ observation: Int, using generator: inout SeededGenerator) -> Double? {
        switch self {
        case .numeric(let kernels): kernels.draw(observation, using: &generator)
        case .categorical(let kernels): kernels.draw(observation, using: &generator)
        case .fixed: nil
        }
    }

    /// The logarithms of the distinct kernels' densities at a coordinate.
    func logDensities(at coordinate: Double) -> [Double] {
        switch self {
        case .numeric(let kernels): kernels.logDensities(at: coordinate)
        case .categorical(let kernels): kernels.logDensities(at: Int(coordinate))
        case .fixed: []
        }
    }

    /// [observations + 1]: which of the distinct kernels is an observation's.
    var ofObservations: [Int32] {
        switch self {
        case .numeric(let kernels): kernels.kernels
        case .categorical(let kernels): kernels.kernels
        case .fixed: []
        }
    }
}
