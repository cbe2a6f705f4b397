import Glibc
import Layers
import Methods
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
    private let makeProjection: () -> GradientProjection?
    /// Found at the first step, when what is frozen has its values.
    private lazy var projection = makeProjection()

    /// - Parameters:
    ///   - maxGradNorm: 0 leaves gradients as they are.
    ///   - rateRatio: by which the rate of those is multiplied that have one of their own, as in PEFT's create_loraplus_optimizer.
    ///   - projection: what is done to the gradients once they are clipped (``TuningMethod/projection(of:at:)``).
    ///   - threads: share the steps of large tensors; no number hangs on them.
    init(
        _ parameters: TrainableParameters, weightDecay: Double, maxGradNorm: Double, rateRatio: Double = 1, threads: Int = 1,
        projection: @escaping () -> GradientProjection? = { nil }
    ) {
        makeProjection = projection
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
        projection?.apply(to: parameters.gradientBase)
        let rule = StepRule(isProjected: projection != nil, step: step)
        for entry in parameters.entries where !entry.spec.isFrozen {
            let rate = entry.spec.hasOwnRate ? learningRate * rateRatio : learningRate
            let decay = entry.spec.decays || rule.decaysAll ? weightDecay : 0
            inRuns(of: entry.range.count, threads: threads) { run in
                let place = entry.range.lowerBound + run.lowerBound..<entry.range.lowerBound + run.upperBound
                func part(_ all: UnsafeMutableBufferPointer<Float>) -> UnsafeMutableBufferPointer<Float> {
                    UnsafeMutableBufferPointer(rebasing: all[place])
                }
                adamW(
                    values: part(parameters.values), gradients: UnsafeBufferPointer(part(parameters.gradients)),
                    firstMoments: part(first.values), secondMoments: part(second.values), step: step,
                    learningRate: rule.rate(rate, decay), weightDecay: rule.decay(rate, decay), gradientScale: Float(scale),
                    epsilon: rule.epsilon)
            }
        }
        return norm
    }
}

/// How a step is made: torch's AdamW, or, where gradients are projected, as ``GradientProjection`` says, in torch's terms.
private struct StepRule {
    /// What does not decay elsewhere does here.
    let decaysAll: Bool
    let epsilon: Double

    init(isProjected: Bool, step: Int) {
        decaysAll = isProjected
        epsilon = isProjected ? GradientProjection.epsilon / (1 - pow(0.999, Double(step))).squareRoot() : 1e-8
    }

    /// Where the decay comes last, it shortens the step too.
    func rate(_ rate: Double, _ decay: Double) -> Double { decaysAll ? rate * (1 - rate * decay) : rate }
    func decay(_ rate: Double, _ decay: Double) -> Double {
        decaysAll ? decay / max(1 - rate * decay, .leastNormalMagnitude) : decay
    }
}
