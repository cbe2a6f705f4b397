import Foundation
import Tensors
import Testing

/// One head inside wider matrices: q, k and v are columns of [tokens, 3 x 20 + 1] beside what does not belong to them.
private struct Head {
    var queries: Int
    var keys: Int
    var width: Int

    var stride: Int { 61 }
    var shape: AttentionShape {
        AttentionShape(
            queries: queries, keys: keys, width: width, queryStride: stride, keyStride: stride, outputStride: 30)
    }
    var start: Numbers { Numbers(keys * stride, seed: 1) }

    func forward(_ qkv: Numbers, _ kernels: Kernels) -> Numbers {
        var out = Numbers(zeros: queries * 30)
        let scratch = FloatStorage(count: shape.scratchCount)
        qkv.read { qkv in
            out.write {
                kernels.attention(shape, q: qkv, k: qkv + 20, v: qkv + 40, into: $0, scratch: scratch.base)
            }
        }
        return out
    }

    func backward(_ qkv: Numbers, dout: Numbers, needsKey: Bool, _ kernels: Kernels) -> Numbers {
        var gradient = Numbers(zeros: keys * stride)
        let scratch = FloatStorage(count: shape.scratchCount)
        qkv.read { qkv in
            dout.read { dout in
                gradient.write {
                    kernels.attentionBackward(
                        shape, q: qkv, k: qkv + 20, v: qkv + 40, dout: dout, dq: $0, dk: needsKey ? $0 + 20 : nil,
                        dv: $0 + 40, scratch: scratch.base)
                }
            }
        }
        return gradient
    }
}

@Suite struct AttentionTests {
    private static let heads = [
        Head(queries: 1, keys: 1, width: 8), Head(queries: 5, keys: 5, width: 16), Head(queries: 1, keys: 7, width: 20),
        Head(queries: 17, keys: 17, width: 4), Head(queries: 9, keys: 9, width: 13),
    ]

    @Test(arguments: Kernels.available, heads.indices)
    func `attention mixes the values by softmax of scaled products`(kernels: Kernels, index: Int) {
        let head = Self.heads[index]
        let qkv = head.start
        let out = head.forward(qkv, kernels)
        for i in 0..<head.queries {
            let weights = (0..<head.keys).map { j in
                let dot = (0..<head.width).reduce(0.0) {
                    $0 + Double(qkv[i * head.stride + $1]) * Double(qkv[j * head.stride + 20 + $1])
                }
                return exp(dot / Double(head.width).squareRoot())
            }
            let total = weights.reduce(0, +)
            for c in 0..<head.width {
                let expected = (0..<head.keys).reduce(0.0) {
                    $0 + weights[$1] / total * Double(qkv[$1 * head.stride + 40 + c])
                }
                #expect(abs(Double(out[i * 30 + c]) - expected) < 1e-5)
            }
            #expect((head.width..<30).allSatisfy { out[i * 30 + $0] == 0 })
        }
    }

    @Test(arguments: Kernels.available, heads.indices)
    func `the gradients of q, k and v are those by differences`(kernels: Kernels, index: Int) {
        let head = Self.heads[index]
        let qkv = head.start
        var dout = Numbers(head.queries * 30, seed: 2)
        for i in dout.values.indices where i % 30 >= head.width { dout[i] = 0 }
        let gradient = head.backward(qkv, dout: dout, needsKey: true, kernels)
        let numeric = numericGradient(qkv) { head.forward($0, kernels).dot(dout) }
        #expect(gradient.difference(to: numeric) < 2e-3)
    }

    @Test(arguments: Kernels.available)
    func `without dk the other gradients are the same`(kernels: Kernels) {
        let head = Self.heads[1]
        let dout = Numbers(head.queries * 30, seed: 3)
        let all = head.backward(head.start, dout: dout, needsKey: true, kernels)
        let some = head.backward(head.start, dout: dout, needsKey: false, kernels)
        for i in all.values.indices {
            let isKey = (20..<40).contains(i % head.stride)
            #expect(isKey ? some[i] == 0 : some[i] == all[i])
        }
    }
}
