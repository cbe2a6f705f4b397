import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct GGUFWeightsTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path
    private static let tiny = fixtures + "/tiny-llama.gguf"

    private static func rows(_ blocks: BlockMatrix) -> [Float] {
        let floats = FloatStorage(count: blocks.rows * blocks.columns)
        blocks.read(0..<blocks.rows, into: floats.base)
        return Array(floats.values)
    }

    @Test func `every tensor is what Hugging Face has of the same model`() throws {
        let weights = try GGUFWeights(path: Self.tiny)
        let expected = try SafetensorsFile(path: Self.fixtures + "/tiny-llama.safetensors")
        #expect(weights.names == expected.entries.keys.sorted())
        for name in weights.names {
            let shape = try #require(expected.entries[name]).shape
            #expect(try weights.entry(name, shape: shape).shape == shape)
            let (tensor, golden) = (try weights.tensor(name, shape: shape), try expected.tensor(name))
            withExtendedLifetime((tensor, golden)) { #expect(Array(tensor.values) == Array(golden.values), "\(name)") }
            let blocks = try weights.blocks(name)
            #expect(try Self.rows(blocks) == Self.rows(expected.blocks(name)), "\(name)")
            if shape.count == 2 { #expect([blocks.rows, blocks.columns] == shape) }
        }
        #expect(!weights.contains("lm_head.weight") && weights.contains("rope_freqs.weight"), "tied, with scaled frequencies")
        #expect(try weights.entry("model.embed_tokens.weight").isQuantized)
        #expect(try !weights.entry("model.norm.weight").isQuantized)
        #expect(weights.title.hasPrefix("tiny-llama.gguf (") && weights.title.contains("Q4_1"))
        let again = try GGUFWeights(path: Self.tiny)
        #expect(weights.hasQuantized && weights.identity != nil && weights.identity == again.identity)
    }

    @Test func `another shape, a missing tensor and a type that is not read are told with name and place`() throws {
        let weights = try GGUFWeights(path: Self.tiny)
        let shape = #expect(throws: CheckpointError.self) { try weights.tensor("model.norm.weight", shape: [31]) }
        #expect(shape?.problem.contains(/^tensor 'output_norm.weight' \(byte \d+\) has shape \[32\], expected \[31\]$/) == true)
        let missing = #expect(throws: CheckpointError.self) { try weights.blocks("lm_head.weight") }
        #expect(missing?.description == "\(Self.tiny): tensor 'lm_head.weight' is missing")
        var image = Self.image("qwen2", [("blk.0.attn_q.weight", [256, 1])])
        image.tensors[0].type = 20
        let type = try Self.problem(image) { _ = try $0.entry("model.layers.0.self_attn.q_proj.weight") }
        #expect(type?.contains("is of type IQ4_NL, which is not read (read: F32, F16, Q4_0") == true, "\(type ?? "read")")
    }

    // MARK: - Architectures

    private static func image(_ architecture: String, _ tensors: [(String, [UInt64])]) -> GGUFImage {
        var image = GGUFImage()
        image.keys = [
            ("general.architecture", .string(architecture)),
            ("\(architecture).attention.head_count", .integers([2])),
        ]
        for (name, dimensions) in tensors {
            image.tensors.append(.init(name: name, dimensions: dimensions, type: 0, offset: UInt64(image.data.count)))
            let count = Int(dimensions.reduce(1, *))
            image.data += (0..<count).flatMap { GGUFImage.number(Float($0) + 0.5) }
            image.data += [UInt8](repeating: 0, count: (32 - image.data.count % 32) % 32)
        }
        return image
    }

    private static func opened<Result>(_ image: GGUFImage, _ body: (GGUFWeights) throws -> Result) throws -> Result {
        try image.opened { try body(GGUFWeights(path: $0.path)) }
    }

    private static func problem(_ image: GGUFImage, _ body: (GGUFWeights) throws -> Void = { _ in }) throws -> String? {
        try image.problem { try body(GGUFWeights(path: $0.path)) }
    }

    @Test(arguments: [("llama", true), ("smollm3", true), ("qwen2", false), ("qwen3", false)])
    func `rows of q and k are put in order where the architecture pairs them`(architecture: String, pairs: Bool) throws {
        let tensors: [(String, [UInt64])] = [
            ("blk.3.attn_q.weight", [1, 8]), ("blk.3.attn_k.bias", [8]), ("blk.3.attn_v.weight", [1, 8]),
        ]
        try Self.opened(Self.image(architecture, tensors)) { weights throws in
            let order: [Float] = pairs ? [0, 2, 1, 3, 4, 6, 5, 7] : [0, 1, 2, 3, 4, 5, 6, 7]
            for (name, expected) in [
                ("self_attn.q_proj.weight", order), ("self_attn.k_proj.bias", order),
                ("self_attn.v_proj.weight", [0, 1, 2, 3, 4, 5, 6, 7]),
            ] {
                let tensor = try weights.tensor("model.layers.3." + name)
                withExtendedLifetime(tensor) { #expect(tensor.values.map { $0 - 0.5 } == expected, "\(name)") }
            }
        }
    }

    @Test func `norms of Gemma come without the 1, and its four norms have their own names`() throws {
        let tensors = ["attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm", "attn_q_norm"].map {
            ("blk.0.\($0).weight", [2 as UInt64])
        }
        try Self.opened(Self.image("gemma3", tensors)) { weights throws in
            #expect(
                weights.names.map { $0.dropFirst("model.layers.0.".count) } == [
                    "input_layernorm.weight", "post_attention_layernorm.weight", "post_feedforward_layernorm.weight",
                    "pre_feedforward_layernorm.weight", "self_attn.q_norm.weight",
                ])
            for name in weights.names {
                let tensor = try weights.tensor(name)
                withExtendedLifetime(tensor) { #expect(Array(tensor.values) == [-0.5, 0.5]) }
            }
        }
    }

    @Test func `fused matrices of Phi-3 and an output of its own keep their names there`() throws {
        let tensors: [(String, [UInt64])] = [
            ("blk.0.attn_qkv.weight", [2, 6]), ("blk.0.ffn_up.weight", [2, 4]), ("output.weight", [2, 3]),
            ("rope_factors_long.weight", [1]), ("blk.x.ffn_up.weight", [1]), ("blk.0.other.weight", [1]),
        ]
        try Self.opened(Self.image("phi3", tensors)) { weights throws in
            #expect(
                weights.names == [
                    "blk.0.other.weight", "blk.x.ffn_up.weight", "lm_head.weight", "model.layers.0.mlp.gate_up_proj.weight",
                    "model.layers.0.self_attn.qkv_proj.weight", "rope_factors_long.weight",
                ])
        }
    }

    @Test func `what does not fit together is refused`() throws {
        let q: (String, [UInt64]) = ("blk.0.attn_q.weight", [1, 6])
        #expect(
            try Self.problem(Self.image("llama", [q])) { _ = try $0.tensor("model.layers.0.self_attn.q_proj.weight") }?
                .hasSuffix("has 6 rows, which are no whole rotary pairs of 2 heads") == true)
        let twice = Self.image("llama", [("output.weight", [1]), ("lm_head.weight", [1])])
        #expect(try Self.problem(twice) == "tensors 'lm_head.weight' and 'output.weight' are both 'lm_head.weight'")
        #expect(try Self.problem(Self.image("bert", []))?.contains("is 'bert', which is not read (read: llama, qwen2") == true)
        var heads = Self.image("llama", [])
        heads.keys[1].1 = .integers([2, 4])
        #expect(try Self.problem(heads)?.contains("is [2, 4], expected one number of heads for all layers") == true)
        heads.keys.removeLast()
        #expect(try Self.problem(heads) == "key 'llama.attention.head_count': is missing")
        heads.keys = []
        #expect(try Self.problem(heads) == "key 'general.architecture': is missing")
    }
}
