import CKernels

/// The query heads of one sequence that share a head of keys and values, inside wider matrices, and what each query sees.
package struct CausalShape: Sendable, Hashable {
    package var queries: Int
    package var keys: Int
    /// Floats of one head; the query heads lie so far apart.
    package var width: Int
    /// Query heads.
    package var heads: Int
    /// Floats from one token to the next in q (and its gradient), in k and v (and theirs), and in what attention gives out.
    package var queryStride: Int
    package var keyStride: Int
    package var outputStride: Int
    /// The place of the first query among the keys, where the queries stand one after another; each sees the keys up to its own.
    package var first = 0
    /// How many of the last keys a query sees, its own included; nil: all.
    package var window: Int?
    /// What scores are multiplied by; nil: 1 / sqrt(width).
    package var scale: Float?
    /// Scaled scores become cap * tanh(score / cap); nil: they stay.
    package var cap: Float?

    package init(
        queries: Int, keys: Int, width: Int, heads: Int, strides: (query: Int, key: Int, output: Int)
    ) {
        self.queries = queries
        self.keys = keys
        self.width = width
        self.heads = heads
        (queryStride, keyStride, outputStride) = strides
    }

    /// Floats of scratch for so many keys, forward or backward, whatever the queries.
    package static func scratchCount(keys: Int, width: Int) -> Int { al_causal_scratch(keys, width) }

    func raw(_ positions: UnsafePointer<Int32>?) -> al_heads {
        al_heads(
            queries: queries, keys: keys, width: width, heads: heads, q_row: queryStride, kv_row: keyStride,
            out_row: outputStride, positions: positions, first: first, window: window ?? 0,
            scale: scale ?? 1 / Float(width).squareRoot(), cap: cap ?? 0)
    }
}

/// Where queries, keys and values of one group of heads begin.
package struct CausalInput {
    package let (q, k, v): (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>)
    /// The queries' places among the keys, in ascending order; nil: they stand one after another.
    package let positions: UnsafePointer<Int32>?

    package init(
        q: UnsafePointer<Float>, k: UnsafePointer<Float>, v: UnsafePointer<Float>, positions: UnsafePointer<Int32>? = nil
    ) {
        (self.q, self.k, self.v) = (q, k, v)
        self.positions = positions
    }
}

/// Where the gradients of one group of heads begin; dk is nil where nothing reads it.
package struct CausalGradient {
    package let dout: UnsafePointer<Float>
    package let dq: Floats
    package let dk: Floats?
    package let dv: Floats

    package init(dout: UnsafePointer<Float>, dq: Floats, dk: Floats?, dv: Floats) {
        (self.dout, self.dq, self.dk, self.dv) = (dout, dq, dk, dv)
    }
}

extension Kernels {
    /// out [queries, heads * width] = softmax(scale * q k^T) v, each query seeing the keys up to its own place.
    ///
    /// - Parameter sums: gets the logarithms of the softmax's sums [heads, queries], which the backward reads; nil: not kept.
    package func causalAttention(
        _ shape: CausalShape, _ input: CausalInput, into out: Floats, sums: Floats?, scratch: Floats
    ) {
        var heads = shape.raw(input.positions)
        table.pointee.causal_forward(&heads, input.q, input.k, input.v, out, sums, scratch)
    }

    /// The gradients of q, k and v, which are overwritten, from what the forward gave; the scores are computed again.
    package func causalAttentionBackward(
        _ shape: CausalShape, _ input: CausalInput, result: (out: UnsafePointer<Float>, sums: UnsafePointer<Float>),
        _ gradient: CausalGradient, scratch: Floats
    ) {
        var heads = shape.raw(input.positions)
        var raw = al_heads_gradient(dout: gradient.dout, dq: gradient.dq, dk: gradient.dk, dv: gradient.dv)
        table.pointee.causal_backward(
            &heads, &raw, input.q, input.k, input.v, result.out, result.sums, scratch)
    }
}
