/// One step of AdamW with decoupled weight decay, exactly as torch.optim.AdamW does it; all buffers are of one length.
///
/// - Parameters:
///   - step: counted from 1; corrects the moments' bias.
///   - gradientScale: multiplies each gradient first (clipping by norm).
package func adamW(
    values: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    firstMoments: UnsafeMutableBufferPointer<Float>, secondMoments: UnsafeMutableBufferPointer<Float>,
    step: Int, learningRate: Double, weightDecay: Double, gradientScale: Float = 1,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
) {
    precondition(gradients.count == values.count && firstMoments.count == values.count && secondMoments.count == values.count)
    let correction1 = 1 - power(beta1, step)
    let correction2 = (1 - power(beta2, step)).squareRoot()
    let stepSize = Float(learningRate / correction1)
    let decay = Float(1 - learningRate * weightDecay)
    for i in values.indices {
        let gradient = gradients[i] * gradientScale
        let first = firstMoments[i] + (gradient - firstMoments[i]) * Float(1 - beta1)
        let second = secondMoments[i] * Float(beta2) + gradient * gradient * Float(1 - beta2)
        firstMoments[i] = first
        secondMoments[i] = second
        values[i] = values[i] * decay - stepSize * first / (second.squareRoot() / Float(correction2) + Float(epsilon))
    }
}

/// The sum of the squares, for clipping by the global norm.
package func squaredNorm(_ values: UnsafeBufferPointer<Float>) -> Double {
    values.reduce(0) { $0 + Double($1) * Double($1) }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<max(0, exponent) { result *= base }
    return result
}
