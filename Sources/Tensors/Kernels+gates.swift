import CKernels

/// The activation of a gated layer: act(gate) * up.
package enum GatedActivation: Int32, Sendable, Hashable {
    case silu = 0
    case geluTanh = 1
}

extension Kernels {
    /// y = act(gate) * up; y may be either.
    package func gated(
        _ kind: GatedActivation, _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, into y: Floats, count: Int
    ) {
        table.pointee.gated_forward(kind.rawValue, gate, up, y, count)
    }

    /// dgate = dy * up * act'(gate) and dup = dy * act(gate), of as many numbers each; either may be dy.
    package func gatedBackward(
        _ kind: GatedActivation, _ input: (gate: UnsafePointer<Float>, up: UnsafePointer<Float>), dy: UnsafePointer<Float>,
        into gradient: (gate: Floats, up: Floats), count: Int
    ) {
        table.pointee.gated_backward(kind.rawValue, input.gate, input.up, dy, gradient.gate, gradient.up, count)
    }
}

/// An RMS norm over the last dimension (Zhang and Sennrich 2019).
package struct RMSNorm {
    package let gamma: FloatStorage
    package let epsilon: Float
    /// What gamma is more than the weight that the model's files have.
    package let offset: Float
    /// Where the weight lies among what is trained; nil: it is frozen.
    package var place: Int?

    package var size: Int { gamma.count }

    package init(gamma: UnsafeBufferPointer<Float>, epsilon: Float, offset: Float = 0) {
        self.gamma = FloatStorage(copying: gamma)
        (self.epsilon, self.offset) = (epsilon, offset)
    }
}

extension Kernels {
    /// First x += residual, kept in x; then y = RMS norm of x. All [rows, norm.size]; y may be x.
    package func rmsNorm(
        _ norm: RMSNorm, _ x: Floats, residual: UnsafePointer<Float>? = nil, into y: Floats, rows: Int
    ) {
        table.pointee.rms_norm_forward(x, residual, norm.gamma.base, norm.epsilon, y, rows, norm.size)
    }

    /// The gradient with respect to x, the input (residual included), on top of what is there when accumulating; else dx may be dy.
    package func rmsNormBackward(
        _ norm: RMSNorm, _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, into dx: Floats, rows: Int,
        accumulate: Bool = false
    ) {
        table.pointee.rms_norm_backward(x, norm.gamma.base, norm.epsilon, dy, dx, rows, norm.size, accumulate ? 1 : 0)
    }

    /// dgamma += the gradient with respect to gamma, from the input x.
    package func addGradient(
        of norm: RMSNorm, _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, rows: Int, to dgamma: Floats
    ) {
        table.pointee.norm_gradient(x, norm.epsilon, 0, dy, dgamma, rows, norm.size)
    }
}
