import CKernels

extension Kernels {
    /// Each row of x [rows, columns], `stride` floats apart, in place: softmax(scale * x).
    package func softmax(_ x: Floats, stride: Int, rows: Int, columns: Int, scale: Float) {
        table.pointee.softmax_forward(x, stride, rows, columns, scale)
    }

    /// dx = scale * y * (dy - sum(dy * y)), row by row; dx may be dy.
    package func softmaxBackward(
        _ y: UnsafePointer<Float>, dy: UnsafePointer<Float>, into dx: Floats, stride: Int, rows: Int,
        columns: Int, scale: Float
    ) {
        table.pointee.softmax_backward(y, dy, dx, stride, rows, columns, scale)
    }

    /// First x += residual, kept in x; then y = layer norm of x. All [rows, norm.size]; y may be x.
    package func layerNorm(
        _ norm: LayerNorm, _ x: Floats, residual: UnsafePointer<Float>? = nil,
        into y: Floats, rows: Int
    ) {
        table.pointee.layer_norm_forward(x, residual, norm.gamma.base, norm.beta.base, norm.epsilon, y, rows, norm.size)
    }

    /// The gradient with respect to x, the input (residual included); dx may be dy.
    package func layerNormBackward(
        _ norm: LayerNorm, _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, into dx: Floats, rows: Int
    ) {
        table.pointee.layer_norm_backward(x, norm.gamma.base, norm.epsilon, dy, dx, rows, norm.size)
    }

    /// dgamma += the gradient with respect to gamma, from the input x.
    package func addGradient(
        of norm: LayerNorm, _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, rows: Int, to dgamma: Floats
    ) {
        table.pointee.norm_gradient(x, norm.epsilon, 1, dy, dgamma, rows, norm.size)
    }
}

/// A layer norm over the last dimension.
package struct LayerNorm {
    package let gamma: FloatStorage
    package let beta: FloatStorage
    package let epsilon: Float
    /// Where gamma and beta lie among what is trained; nil: they are frozen.
    package var places: (gamma: Int?, beta: Int?) = (nil, nil)

    package var size: Int { gamma.count }

    package init(gamma: UnsafeBufferPointer<Float>, beta: UnsafeBufferPointer<Float>, epsilon: Float) {
        precondition(gamma.count == beta.count)
        self.gamma = FloatStorage(copying: gamma)
        self.beta = FloatStorage(copying: beta)
        self.epsilon = epsilon
    }
}

extension FloatStorage {
    package convenience init(copying source: UnsafeBufferPointer<Float>) {
        self.init(count: source.count)
        if let start = source.baseAddress { base.update(from: start, count: source.count) }
    }
}
