import Tensors
import Testing

@testable import Conversions

@Suite struct TensorTypesTests {
    private func type(_ name: String, base: BlockType?) -> BlockType {
        TensorTypes(name: name, layerCount: 30, isTied: true).type(of: "blk.3.attn_q.weight", shape: [64, 512], base: base)
    }

    @Test(arguments: [
        (BlockType.f32, BlockType.f32), (.f16, .f16), (.bf16, .bf16), (.q8_0, .f16), (.q4_0, .q8_0), (.q4_1, .q8_0),
        (.q4_K, .q8_0),
        (.q6_K, .q8_0), (.q2_K, .q8_0),
    ])
    func `what changes is not rounded to the grid that it lies on`(base: BlockType, kept: BlockType) {
        #expect(type("base", base: base) == kept)
    }

    @Test func `a type that is asked for is taken`() {
        #expect(type("q8_0", base: .q4_1) == .q8_0 && type("q4_k_m", base: .q4_1) == .q4_K && type("f16", base: .q8_0) == .f16)
        #expect(type("base", base: nil) == .f32)
    }
}
