import Layers
import Tensors

@testable import Finetuning

/// How far each tensor's gradient is from the loss's slope by differences, relative to the gradient's length: each tensor is moved along a random
/// direction of its own.
///
/// - Parameter holds: which numbers of a tensor are not moved.
func slopeDifferences(
    _ model: TunedModel, holding holds: (TrainableParameters.Entry, Int) -> Bool = { _, _ in false },
    _ loss: () throws -> Double
) throws -> [(name: String, difference: Double)] {
    let step: Float = 2e-3
    _ = try loss()
    let (gradients, values) = (Array(model.parameters.gradients), model.parameters.values)
    return try model.parameters.entries.enumerated().map { number, entry in
        var random = RandomSource(seed: UInt64(number))
        let direction = entry.range.enumerated().map { place, _ in
            let number = Float(random.normal())
            return holds(entry, place) ? 0 : number
        }
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let start = Array(values[entry.range])
        func moved(_ distance: Float) throws -> Double {
            for (i, at) in entry.range.enumerated() { values[at] = start[i] + distance * direction[i] / length }
            return try loss()
        }
        // Of norms near 1 a step is small beside the values; of all it is one of length 1 in the end.
        let reach = step * 10
        let numeric = (try moved(reach) - moved(-reach)) / Double(2 * reach)
        _ = try moved(0)
        let analytic = zip(entry.range, direction).reduce(0.0) { $0 + Double(gradients[$1.0] * $1.1 / length) }
        let size = entry.range.reduce(0.0) { $0 + Double(gradients[$1] * gradients[$1]) }.squareRoot()
        return (entry.name, abs(numeric - analytic) / max(size, 0.02))
    }
}
