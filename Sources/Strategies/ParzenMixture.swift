import Glibc
import SearchSpaces

/// The density of some trials' configurations: a mixture of product kernels over the parameters that are there, one for
/// each observation and one for the prior.
///
/// It is a density over the whole tree of conditions: where a configuration has a parameter that an observation lacks,
/// the observation's kernel is the prior's there, so that it neither speaks for nor against it.
struct ParzenMixture: Sendable {
    /// [observations + 1], the prior's last; they sum to 1.
    let weights: [Double]
    private let logWeights: [Double]
    /// By parameter.
    let kernels: [Kernels]
    private let coding: PointCoding

    /// - Parameter trials: whose configurations, by rising number.
    init(_ trials: [Int], of past: Observations) {
        coding = past.coding
        weights = Self.weights(count: trials.count)
        logWeights = weights.map { log($0) }
        var positions = [Int32](repeating: -1, count: past.entries.count)
        for (position, trial) in trials.enumerated() { positions[trial] = Int32(position) }
        kernels = past.columns.map { $0.kernels(of: trials, positions: positions) }
    }

    /// The older an observation beyond the latest 25, the less it weighs; the prior weighs as much as a new one.
    static func weights(count: Int) -> [Double] {
        let old = max(count - 25, 0)
        var weights = [Double](repeating: 1, count: count + 1)
        for index in 0..<old {
            let least = 1 / Double(count)
            weights[index] = old == 1 ? least : least + Double(index) / Double(old - 1) * (1 - least)
        }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }

    /// A point drawn from the mixture.
    func draw(using generator: inout SeededGenerator) -> Point {
        var rest = generator.unit()
        var observation = 0
        while observation < weights.count - 1, rest >= weights[observation] {
            rest -= weights[observation]
            observation += 1
        }
        return coding.build { kernels[$0].draw(observation, using: &generator) ?? coding.onlyCoordinate(of: $0) }
    }

    /// The logarithm of the density at each of some points.
    func logDensities(at points: [Point]) -> [Double] {
        var memories = [Memory](repeating: Memory(), count: kernels.count)
        var sums = logWeights
        return points.map { point in
            for index in sums.indices { sums[index] = logWeights[index] }
            for (parameter, kernels) in kernels.enumerated() {
                let coordinate = point.coordinates[parameter]
                if coordinate == Point.absent { continue }
                let densities = memories[parameter].logDensities(of: kernels, at: coordinate)
                kernels.ofObservations.withUnsafeBufferPointer { which in
                    densities.withUnsafeBufferPointer { densities in
                        for index in which.indices { sums[index] += densities[Int(which[index])] }
                    }
                }
            }
            return Self.logSumOfExponentials(sums)
        }
    }

    /// What is less than a rounding error of the sum is left out.
    static func logSumOfExponentials(_ terms: [Double]) -> Double {
        var greatest = -Double.infinity
        for term in terms where term > greatest { greatest = term }
        guard greatest > -.infinity else { return greatest }
        var sum = 0.0
        for term in terms where term - greatest > -40 { sum += exp(term - greatest) }
        return greatest + log(sum)
    }

    /// Points share the coordinates of stepped and categorical parameters.
    private struct Memory {
        private var known: [(coordinate: Double, densities: [Double])] = []

        mutating func logDensities(of kernels: Kernels, at coordinate: Double) -> [Double] {
            if let found = known.first(where: { $0.coordinate == coordinate }) { return found.densities }
            let densities = kernels.logDensities(at: coordinate)
            known.append((coordinate, densities))
            return densities
        }
    }
}
