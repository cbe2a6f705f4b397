import Foundation
import Tensors
import Testing

/// Two or three query heads that share a head of keys and values, inside wider matrices, and what their attention is by the book.
struct CausalCase: Sendable, CustomTestStringConvertible {
    var keys: Int
    var width: Int
    var heads: Int
    var window: Int?
    /// The queries' places; nil: each key has its query.
    var positions: [Int32]?
    var cap: Float?

    var testDescription: String {
        "\(keys) keys, \(heads) heads of \(width), window \(window ?? 0), cap \(cap ?? 0), \(positions.map { "\($0.count) chosen" } ?? "all")"
    }

    var queries: Int { positions?.count ?? keys }
    /// Queries, keys and values each lie in rows that have something else besides.
    var queryStride: Int { heads * width + 3 }
    var keyStride: Int { 2 * width + 5 }
    var outputStride: Int { heads * width + 1 }
    var shape: CausalShape {
        var shape = CausalShape(
            queries: queries, keys: keys, width: width, heads: heads,
            strides: (query: queryStride, key: keyStride, output: outputStride))
        shape.window = window
        shape.cap = cap
        return shape
    }

    var q: Numbers { Numbers(queries * queryStride, seed: 1) }
    /// Keys, and values behind them.
    var kv: Numbers { Numbers(keys * keyStride, seed: 2) }
    var dout: Numbers { Numbers(queries * outputStride, seed: 3) }

    func position(_ query: Int) -> Int { positions.map { Int($0[query]) } ?? query }

    func forward(_ q: Numbers, _ kv: Numbers, _ kernels: Kernels) -> (out: Numbers, sums: Numbers) {
        var (out, sums) = (Numbers(zeros: queries * outputStride), Numbers(zeros: queries * heads))
        let scratch = FloatStorage(count: CausalShape.scratchCount(keys: keys, width: width))
        withInput(q, kv) { input in
            out.write { out in
                sums.write { kernels.causalAttention(shape, input, into: out, sums: $0, scratch: scratch.base) }
            }
        }
        return (out, sums)
    }

    func backward(_ kernels: Kernels, needsKey: Bool = true) -> (dq: Numbers, dkv: Numbers) {
        let (q, kv, dout) = (q, kv, dout)
        let (out, sums) = forward(q, kv, kernels)
        var (dq, dkv) = (Numbers(zeros: q.count), Numbers(zeros: kv.count))
        let scratch = FloatStorage(count: CausalShape.scratchCount(keys: keys, width: width))
        withInput(q, kv) { input in
            out.read { out in
                sums.read { sums in
                    dout.read { dout in
                        dq.write { dq in
                            dkv.write { dkv in
                                kernels.causalAttentionBackward(
                                    shape, input, result: (out: out, sums: sums),
                                    CausalGradient(dout: dout, dq: dq, dk: needsKey ? dkv : nil, dv: dkv + width),
                                    scratch: scratch.base)
                            }
                        }
                    }
                }
            }
        }
        return (dq, dkv)
    }

    private func withInput(_ q: Numbers, _ kv: Numbers, _ body: (CausalInput) -> Void) {
        q.read { q in
            kv.read { kv in
                guard let positions else { return body(CausalInput(q: q, k: kv, v: kv + width)) }
                positions.withUnsafeBufferPointer {
                    body(CausalInput(q: q, k: kv, v: kv + width, positions: $0.baseAddress))
                }
            }
        }
    }

    /// The weights of one query's keys, and the slopes of what bounds their scores.
    private func weights(_ query: Int, head: Int, _ q: Numbers, _ kv: Numbers) -> (weights: [Double], slopes: [Double]) {
        let position = position(query)
        let plain = (0..<keys).map { key -> Double in
            guard key <= position, position - key < window ?? .max else { return -.infinity }
            return (0..<width).reduce(0.0) {
                $0 + Double(q[query * queryStride + head * width + $1]) * Double(kv[key * keyStride + $1])
            } / Double(width).squareRoot()
        }
        let bounds = cap.map { cap in plain.map { tanh($0 / Double(cap)) } }
        let scores = zip(plain, bounds ?? plain).map { $0.isFinite ? bounds == nil ? $0 : $1 * Double(cap ?? 0) : $0 }
        let top = scores.max() ?? 0
        let total = scores.reduce(0) { $0 + exp($1 - top) }
        return (scores.map { exp($0 - top) / total }, bounds?.map { 1 - $0 * $0 } ?? plain.map { _ in 1 })
    }

    func expected(_ q: Numbers, _ kv: Numbers) -> [Double] {
        var out = [Double](repeating: 0, count: queries * outputStride)
        for query in 0..<queries {
            for head in 0..<heads {
                for (key, weight) in weights(query, head: head, q, kv).weights.enumerated() where weight > 0 {
                    for i in 0..<width {
                        out[query * outputStride + head * width + i] += weight * Double(kv[key * keyStride + width + i])
                    }
                }
            }
        }
        return out
    }

    func expectedGradients() -> (dq: [Double], dkv: [Double]) {
        let (q, kv, dout, scale) = (q, kv, dout, 1 / Double(width).squareRoot())
        var dq = [Double](repeating: 0, count: q.count)
        var dkv = [Double](repeating: 0, count: kv.count)
        for query in 0..<queries {
            for head in 0..<heads {
                let (weights, slopes) = weights(query, head: head, q, kv)
                let (out, row) = (query * outputStride + head * width, query * queryStride + head * width)
                let changes = (0..<keys).map { key in
                    (0..<width).reduce(0.0) { $0 + Double(dout[out + $1]) * Double(kv[key * keyStride + width + $1]) }
                }
                let mean = zip(weights, changes).reduce(0) { $0 + $1.0 * $1.1 }
                for key in 0..<keys where weights[key] > 0 {
                    let change = scale * slopes[key] * weights[key] * (changes[key] - mean)
                    for i in 0..<width {
                        dq[row + i] += change * Double(kv[key * keyStride + i])
                        dkv[key * keyStride + i] += change * Double(q[row + i])
                        dkv[key * keyStride + width + i] += weights[key] * Double(dout[out + i])
                    }
                }
            }
        }
        return (dq, dkv)
    }
}

@Suite struct CausalAttentionTests {
    private static let small = [
        CausalCase(keys: 1, width: 8, heads: 1), CausalCase(keys: 7, width: 4, heads: 2),
        CausalCase(keys: 19, width: 6, heads: 1, window: 5),
        CausalCase(keys: 11, width: 4, heads: 2, positions: [3, 4, 10]),
        CausalCase(keys: 13, width: 4, heads: 2, window: 6, cap: 0.7),
    ]
    /// More keys than a tile has, and more queries.
    private static let large = [
        CausalCase(keys: 50, width: 64, heads: 3), CausalCase(keys: 193, width: 16, heads: 2),
        CausalCase(keys: 450, width: 20, heads: 1), CausalCase(keys: 450, width: 16, heads: 2, window: 201),
        CausalCase(keys: 430, width: 16, heads: 1, window: 30, positions: [0, 29, 30, 200, 201, 429]),
        CausalCase(keys: 64, width: 128, heads: 1, positions: [63]),
        CausalCase(keys: 450, width: 16, heads: 2, window: 201, cap: 1.5), CausalCase(keys: 70, width: 20, heads: 3, cap: 50),
    ]

    @Test(arguments: Kernels.available, small + large)
    func `each query mixes the values that it sees`(kernels: Kernels, causal: CausalCase) {
        #expect(causal.forward(causal.q, causal.kv, kernels).out.difference(to: causal.expected(causal.q, causal.kv)) < 1e-5)
    }

    @Test(arguments: Kernels.available, small + large)
    func `the gradients are those of the softmax by the book`(kernels: Kernels, causal: CausalCase) {
        let (dq, dkv) = causal.backward(kernels)
        let expected = causal.expectedGradients()
        #expect(dq.difference(to: expected.dq) < 1e-5)
        #expect(dkv.difference(to: expected.dkv) < 2e-5)
    }

    @Test(arguments: Kernels.available, small)
    func `the gradients are those by differences`(kernels: Kernels, causal: CausalCase) {
        let (q, kv) = (causal.q, causal.kv)
        var dout = causal.dout
        for i in dout.values.indices where i % causal.outputStride >= causal.heads * causal.width { dout[i] = 0 }
        let (dq, dkv) = causal.backward(kernels)
        #expect(dq.difference(to: numericGradient(q) { causal.forward($0, kv, kernels).out.dot(dout) }) < 2e-3)
        #expect(dkv.difference(to: numericGradient(kv) { causal.forward(q, $0, kernels).out.dot(dout) }) < 2e-3)
    }

    @Test(arguments: Kernels.available)
    func `without dk the other gradients are the same`(kernels: Kernels) {
        let causal = Self.large[1]
        let (all, some) = (causal.backward(kernels), causal.backward(kernels, needsKey: false))
        #expect(all.dq.values == some.dq.values)
        for i in all.dkv.values.indices {
            #expect(some.dkv[i] == (i % causal.keyStride < causal.width ? 0 : all.dkv[i]))
        }
    }

    @Test(arguments: Kernels.available)
    func `queries that go on with a text see what came before`(kernels: Kernels) {
        let whole = CausalCase(keys: 60, width: 16, heads: 2)
        let (q, kv) = (whole.q, whole.kv)
        let expected = whole.forward(q, kv, kernels).out
        let scratch = FloatStorage(count: CausalShape.scratchCount(keys: 60, width: 16))
        for count in [1, 7] {
            var shape = whole.shape
            shape.queries = count
            shape.first = 60 - count
            var out = Numbers(zeros: count * whole.outputStride)
            q.read { q in
                kv.read { kv in
                    out.write {
                        kernels.causalAttention(
                            shape, CausalInput(q: q + (60 - count) * whole.queryStride, k: kv, v: kv + 16), into: $0, sums: nil,
                            scratch: scratch.base)
                    }
                }
            }
            #expect(out.difference(to: Numbers(Array(expected.values.suffix(count * whole.outputStride)))) < 1e-5)
        }
    }

    @Test(arguments: Kernels.available)
    func `scores far from zero neither overflow nor vanish`(kernels: Kernels) {
        let causal = CausalCase(keys: 210, width: 8, heads: 1)
        let (q, kv) = (Numbers(causal.q.values.map { 40 * $0 }), causal.kv)
        #expect(causal.forward(q, kv, kernels).out.difference(to: causal.expected(q, kv)) < 1e-4)
    }
}
