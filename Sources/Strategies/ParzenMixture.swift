import Glibc
import SearchSpaces

/// The density of some trials' configurations: a mixture of product kernels over the parameters that are there, one for
/// each observation and one for the prior.
///
/// It is a density over the whole tree of conditions: where a configuration has a parameter that an observation lacks,
/// the observation's kernel is the prior's there, so that it neither speaks for nor against it.
struct ParzenMixture: Sendable {
    /// [observations + 1], the prior's last; they sum to 1.
    private(set) var weights: [Double]
    private var logWeights: [Double]
    /// By parameter.
    let kernels: [ParameterKernels]
    private let coding: PointCoding

    /// - Parameter trials: whose configurations, by rising number.
    init(_ trials: [Int], of past: Observations) {
        coding = past.coding
        weights = Self.weights(count: trials.count)
        logWeights = weights.map { log($0) }
        kernels = past.columns.map { $0.kernels(of: trials) }
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

    /// Whether a parameter is neither a number nor fixed.
    var hasChoices: Bool {
        kernels.contains {
            if case .categorical = $0 { true } else { false }
        }
    }

    /// A point drawn from the mixture, whose coordinates before a stage are the start's.
    func draw(from start: Point? = nil, stage: Int = 0, using generator: inout SeededGenerator) -> Point {
        let observation = observation(using: &generator)
        return coding.build(from: start, stage: stage) {
            kernels[$0].draw(observation, using: &generator) ?? coding.onlyCoordinate(of: $0)
        }
    }

    /// A coordinate of one parameter by itself, whatever the others are: the one of some drawn from this mixture whose density
    /// here is largest against that in another one.
    func coordinate(
        of parameter: Int, against others: ParzenMixture, candidates: Int, using generator: inout SeededGenerator
    ) -> Double {
        let only = coding.onlyCoordinate(of: parameter)
        let drawn = (0..<candidates).map { _ in
            kernels[parameter].draw(observation(using: &generator), using: &generator) ?? only
        }
        let scores = zip(logDensities(of: parameter, at: drawn), others.logDensities(of: parameter, at: drawn)).map { $0 - $1 }
        var best = 0
        for index in scores.indices where scores[index] > scores[best] || scores[best].isNaN { best = index }
        return drawn[best]
    }

    private func logDensities(of parameter: Int, at coordinates: [Double]) -> [Double] {
        var memory = ParameterKernels.Memory()
        return coordinates.map { coordinate in
            var sums = logWeights
            kernels[parameter].addLogDensities(at: coordinate, to: &sums, remembering: &memory)
            return Self.logSumOfExponentials(sums)
        }
    }

    /// One of the observations, or the prior, by weight.
    private func observation(using generator: inout SeededGenerator) -> Int {
        var rest = generator.unit()
        var observation = 0
        while observation < weights.count - 1, rest >= weights[observation] {
            rest -= weights[observation]
            observation += 1
        }
        return observation
    }

    /// The mixture of what a point leaves open beyond a stage: each observation weighs as much more as it speaks for
    /// the point's coordinates there.
    func conditioned(on point: Point, stage: Int) -> ParzenMixture {
        var result = self
        add(coding.stages[stage], of: point, to: &result.logWeights)
        let total = Self.logSumOfExponentials(result.logWeights)
        for index in weights.indices {
            result.logWeights[index] -= total
            result.weights[index] = exp(result.logWeights[index])
        }
        return result
    }

    /// The logarithm of the density of each of some points' coordinates in a stage.
    func logDensities(at points: [Point], stage: Int) -> [Double] {
        var memories = [ParameterKernels.Memory](repeating: ParameterKernels.Memory(), count: kernels.count)
        return points.map { point in
            var sums = logWeights
            add(coding.stages[stage], of: point, to: &sums, remembering: &memories)
            return Self.logSumOfExponentials(sums)
        }
    }

    private func add(_ parameters: [Int], of point: Point, to sums: inout [Double]) {
        var memories = [ParameterKernels.Memory](repeating: ParameterKernels.Memory(), count: kernels.count)
        add(parameters, of: point, to: &sums, remembering: &memories)
    }

    private func add(
        _ parameters: [Int], of point: Point, to sums: inout [Double], remembering memories: inout [ParameterKernels.Memory]
    ) {
        for parameter in parameters where point.coordinates[parameter] != Point.absent {
            let coordinate = point.coordinates[parameter]
            kernels[parameter].addLogDensities(at: coordinate, to: &sums, remembering: &memories[parameter])
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
}
