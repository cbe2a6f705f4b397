import Glibc
import SearchSpaces

/// The kernels of one categorical parameter: for each observation the prior's share of every choice, and one more for
/// the observed one; last, the prior.
struct CategoricalKernels: Sendable {
    /// [choices]
    private let prior: [Double]
    /// The whole of the prior's share in an observation's kernel: choices / kernels.
    private let share: Double
    /// [observations + 1]: the observed choice; the number of choices where the kernel is the prior.
    let kernels: [Int32]

    /// - Parameter observed: the choices by observation, nil for one without the parameter.
    init(probabilities: [Double], observed: [Int?]) {
        prior = probabilities
        let count = observed.reduce(1) { $1 == nil ? $0 : $0 + 1 }
        share = Double(probabilities.count) / Double(count)
        kernels = observed.map { Int32($0 ?? probabilities.count) } + [Int32(probabilities.count)]
    }

    /// The probability of a choice in a kernel.
    func probability(of choice: Int, kernel: Int) -> Double {
        if kernel == prior.count { return prior[choice] }
        return (prior[choice] * share + (kernel == choice ? 1 : 0)) / (share + 1)
    }

    /// A choice drawn from an observation's kernel.
    func draw(_ observation: Int, using generator: inout SeededGenerator) -> Double {
        let kernel = Int(kernels[observation])
        var rest = generator.unit()
        for choice in prior.indices {
            rest -= probability(of: choice, kernel: kernel)
            if rest < 0 { return Double(choice) }
        }
        return Double(prior.lastIndex { $0 > 0 } ?? prior.count - 1)
    }

    /// The logarithm of a choice's probability in every kernel, the prior's last.
    func logProbabilities(of choice: Int) -> [Double] {
        (0...prior.count).map { log(probability(of: choice, kernel: $0)) }
    }
}
