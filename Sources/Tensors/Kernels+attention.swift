import CKernels

/// Where the heads of one sequence lie: queries, keys and values inside wider matrices.
package struct AttentionShape: Sendable, Hashable {
    package var queries: Int
    package var keys: Int
    /// Dimensions of one head.
    package var width: Int
    /// Floats from one token to the next, in q (and its gradient) and in k and v (and theirs).
    package var queryStride: Int
    package var keyStride: Int
    /// Floats from one token to the next in what attention gives out.
    package var outputStride: Int

    package init(queries: Int, keys: Int, width: Int, queryStride: Int, keyStride: Int, outputStride: Int) {
        self.queries = queries
        self.keys = keys
        self.width = width
        self.queryStride = queryStride
        self.keyStride = keyStride
        self.outputStride = outputStride
    }

    /// Floats of scratch that attention needs, forward or backward.
    package var scratchCount: Int { al_attention_scratch(queries, keys, width) }
    var scale: Float { 1 / Float(width).squareRoot() }
}

extension Kernels {
    /// One head of one sequence: out = softmax(q k^T / sqrt(width)) v.
    package func attention(
        _ shape: AttentionShape, q: UnsafePointer<Float>, k: UnsafePointer<Float>, v: UnsafePointer<Float>,
        into out: Floats, scratch: Floats
    ) {
        table.pointee.attention_forward(
            q, shape.queryStride, k, v, shape.keyStride, out, shape.outputStride, shape.queries, shape.keys, shape.width,
            shape.scale, scratch)
    }

    /// The gradients of q, k and v, which are overwritten; dk may be nil when nothing reads it.
    package func attentionBackward(
        _ shape: AttentionShape, q: UnsafePointer<Float>, k: UnsafePointer<Float>, v: UnsafePointer<Float>,
        dout: UnsafePointer<Float>, dq: Floats, dk: Floats?,
        dv: Floats, scratch: Floats
    ) {
        table.pointee.attention_backward(
            q, shape.queryStride, k, v, shape.keyStride, dout, shape.outputStride, dq, shape.queryStride, dk, dv,
            shape.keyStride, shape.queries, shape.keys, shape.width, shape.scale, scratch)
    }
}
