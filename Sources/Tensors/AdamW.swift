import CKernels
import Glibc

/// One step of AdamW with decoupled weight decay, exactly as torch.optim.AdamW does it; all buffers are of one length.
///
/// - Parameters:
///   - step: counted from 1; corrects the moments' bias.
///   - gradientScale: multiplies each gradient first (clipping by norm).
package func adamW(
    values: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    firstMoments: UnsafeMutableBufferPointer<Float>, secondMoments: UnsafeMutableBufferPointer<Float>,
    step: Int, learningRate: Double, weightDecay: Double, gradientScale: Float = 1,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, kernels: Kernels = .current
) {
    precondition(gradients.count == values.count && firstMoments.count == values.count && secondMoments.count == values.count)
    guard let x = values.baseAddress, let g = gradients.baseAddress, let first = firstMoments.baseAddress,
        let second = secondMoments.baseAddress
    else { return }
    let correction1 = 1 - pow(beta1, Double(step))
    let correction2 = 1 - pow(beta2, Double(step))
    kernels.table.pointee.adamw(
        x, g, first, second, values.count, gradientScale, Float(1 - beta1), Float(beta2), Float(1 - beta2),
        Float(learningRate / correction1),
        Float(correction2.squareRoot()), Float(epsilon), Float(1 - learningRate * weightDecay))
}

/// The sum of the squares, for clipping by the global norm.
package func squaredNorm(_ values: UnsafeBufferPointer<Float>, kernels: Kernels = .current) -> Double {
    values.baseAddress.map { kernels.squaredNorm($0, count: values.count) } ?? 0
}
