import Layers
import Tensors

/// AdamW over all trainable parameters, with the gradient clipped by its global norm.
///
/// Which of them decay, and which learn at a rate of their own, is theirs to say (``ParameterSpec``).
final class Optimizer {
    let first: FloatStorage
    let second: FloatStorage
    private let parameters: TrainableParameters
    private let weightDecay: Double
    private let maxGradNorm: Double
    private let rateRatio: Double
    private let threads: Int

    /// - Parameters:
    ///   - maxGradNorm: 0 leaves gradients as they are.
    ///   - rateRatio: by which the rate of those is multiplied that have one of their own, as in PEFT's create_loraplus_optimizer.
    ///   - threads: share the steps of large tensors; no number hangs on them.
    init(
        _ parameters: TrainableParameters, weightDecay: Double, maxGradNorm: Double, rateRatio: Double = 1, threads: Int = 1
    ) {
        (self.parameters, self.threads) = (parameters, threads)
        self.rateRatio = rateRatio
        self.weightDecay = weightDecay
        self.maxGradNorm = maxGradNorm
        first = FloatStorage(count: parameters.count)
        second = FloatStorage(count: parameters.count)
    }

    /// Of its moments, in bytes.
    static func memory(count: Int) -> Int { 2 * FloatStorage.memory(count: count) }

    /// One step, counted from 1; returns the gradient's norm before clipping. A norm that is no number changes nothing.
    func update(step: Int, learningRate: Double) -> Double {
        let norm = squaredNorm(UnsafeBufferPointer(parameters.gradients)).squareRoot()
        guard norm.isFinite else { return norm }
        let scale = maxGradNorm > 0 ? min(1, maxGradNorm / (norm + 1e-6)) : 1
        for entry in parameters.entries {
            inRuns(of: entry.range.count, threads: threads) { run in
                let place = entry.range.lowerBound + run.lowerBound..<entry.range.lowerBound + run.upperBound
                func part(_ all: UnsafeMutableBufferPointer<Float>) -> UnsafeMutableBufferPointer<Float> {
                    UnsafeMutableBufferPointer(rebasing: all[place])
                }
                adamW(
                    values: part(parameters.values), gradients: UnsafeBufferPointer(part(parameters.gradients)),
                    firstMoments: part(first.values), secondMoments: part(second.values), step: step,
                    learningRate: entry.spec.hasOwnRate ? learningRate * rateRatio : learningRate,
                    weightDecay: entry.spec.decays ? weightDecay : 0,
                    gradientScale: Float(scale))
            }
        }
        return norm
    }
}
