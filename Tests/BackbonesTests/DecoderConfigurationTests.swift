import Checkpoints
import Foundation
import Layers
import Tensors
import Testing

@testable import Backbones

/// Reads config.json of a tiny decoder with some values changed.
private func changed(
    _ name: String, _ changes: String = "{}", without removed: [String] = [], generation: String? = nil
) throws -> DecoderConfiguration {
    let folder = FileManager.default.temporaryDirectory.appending(path: "decoders-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let data = try Data(contentsOf: URL(filePath: TinyDecoder(name).folder + "/config.json"))
    var config = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    let replaced = try JSONSerialization.jsonObject(with: Data(changes.utf8)) as? [String: Any] ?? [:]
    config.merge(replaced) { $1 }
    for key in removed { config[key] = nil }
    try generation?.write(toFile: folder + "/generation_config.json", atomically: false, encoding: .utf8)
    let path = folder + "/config.json"
    try JSONSerialization.data(withJSONObject: config).write(to: URL(filePath: path))
    do throws(CheckpointError) {
        return try DecoderConfiguration(file: path)
    } catch {
        #expect(error.path == path)
        throw error
    }
}

@Suite struct DecoderConfigurationTests {
    @Test func `a Hugging Face config is read`() throws {
        let c = try #require(try TinyDecoder("llama").configuration())
        #expect(c.hiddenSize == 32 && c.layerCount == 3 && c.headCount == 4 && c.keyValueHeadCount == 2)
        #expect(c.headWidth == 8 && c.intermediateSize == 40 && c.vocabularySize == 48 && c.positionCount == 64)
        #expect(c.normEpsilon == 1e-5 && c.endTokens == [2] && !c.tiesEmbeddings && !c.normsHeads)
        #expect(c.rotary == RotarySettings(base: 10_000, pairs: 4) && c.modelType == "llama")
        #expect(c.classifier == ClassifierShape("score", hasBias: false) && c.defaultTargets == ["q_proj", "v_proj"])
        let tied = try #require(try TinyDecoder("llama-tied").configuration())
        #expect(tied.tiesEmbeddings && tied.endTokens == [2, 5])
        #expect(tied.biases == .init(input: true, output: true, inner: true))
    }

    @Test func `what ends a turn is read from generation_config.json, where there is one`() throws {
        for (text, ends) in [("[7, 2]", [Int32(2), 7]), ("9", [2, 9]), ("null", [2]), ("\"x\"", [2])] {
            let configuration = try changed("llama", generation: "{\"eos_token_id\": \(text)}")
            #expect(configuration.endTokens == ends)
        }
    }

    @Test func `layers differ as the model types say`() throws {
        func layers(_ name: String) throws -> [DecoderConfiguration.LayerKind] {
            try TinyDecoder(name).configuration()?.layers ?? []
        }
        #expect(try layers("mistral").map(\.window) == [7, 7, 7])
        #expect(try layers("qwen2").map(\.window) == [nil, 9, 9])
        #expect(try layers("smollm3").map(\.isRotary) == [true, true, true, false])
        #expect(try TinyDecoder("qwen2").configuration()?.biases == .init(input: true))
        #expect(try TinyDecoder("qwen3").configuration()?.normsHeads == true)
        #expect(try TinyDecoder("qwen3").configuration()?.headWidth == 12)
        #expect(try changed("qwen2", #"{"use_sliding_window": false}"#).layers.allSatisfy { $0.window == nil })
        #expect(try changed("mistral", #"{"sliding_window": null}"#).layers.allSatisfy { $0.window == nil })
        #expect(try changed("smollm3", without: ["no_rope_layers"]).layers.map(\.isRotary) == [true, true, true, false])
    }

    @Test func `keys of older files mean the same`() throws {
        let old = try changed(
            "llama", #"{"rope_theta": 5000.0, "rope_scaling": {"type": "linear", "factor": 2.0}, "head_dim": null}"#,
            without: ["rope_parameters"])
        #expect(old.rotary == RotarySettings(base: 5000, pairs: 4, scaling: .linear(factor: 2)))
        let plain = try changed(
            "llama", #"{"rope_scaling": null}"#, without: ["rope_parameters", "num_key_value_heads"])
        #expect(plain.rotary == RotarySettings(base: 10_000, pairs: 4) && plain.keyValueHeadCount == 4)
        let nameless = try changed("llama", without: ["model_type"])
        #expect(nameless.modelType == "llama")
    }

    @Test(arguments: [
        (#""hidden_act": "relu""#, "hidden_act 'relu' is not supported"),
        (#""num_key_value_heads": 3"#, "num_attention_heads 4 is no multiple of num_key_value_heads 3"),
        (#""head_dim": 7"#, "head_dim is 7, and positions turn pairs"),
        (#""num_hidden_layers": 0"#, "'num_hidden_layers' is 0, expected 1 to 1024"),
        (#""vocab_size": -1"#, "'vocab_size' is -1, expected 1 to 16777216"),
        (#""rope_parameters": {"rope_type": "spiral"}"#, "rope_type 'spiral' in rope_parameters is not supported"),
        (#""rope_parameters": {"rope_type": "linear"}"#, "'factor' is missing in rope_parameters"),
        (#""rope_parameters": {"rope_type": "yarn", "factor": 0.5}"#, "'factor' in rope_parameters is 0.5, expected 1 or more"),
        (#""rope_parameters": {"partial_rotary_factor": 0.5}"#, "partial_rotary_factor 0.5 is not supported"),
        (#""use_bidirectional_attention": true"#, "use_bidirectional_attention true is not supported"),
        (
            #""rope_parameters": {"rope_type": "longrope", "short_factor": [1], "long_factor": [1]}"#,
            "short_factor and long_factor"
        ),
        (#""rope_parameters": {"rope_theta": 0}"#, "'rope_theta' is 0.0, expected a number above 1"),
    ])
    func `what is not supported is refused by name`(changes: String, problem: String) throws {
        let error = #expect(throws: CheckpointError.self) { try changed("llama", "{" + changes + "}") }
        #expect(error?.problem.hasPrefix(problem) == true, "\(error?.problem ?? "")")
    }

    @Test func `a wrong number of layers' kinds is refused`() throws {
        let types = #expect(throws: CheckpointError.self) { try changed("qwen2", #"{"layer_types": ["sliding_attention"]}"#) }
        #expect(types?.problem == "'layer_types' has 1 entries for 3 layers")
        let skips = #expect(throws: CheckpointError.self) { try changed("smollm3", #"{"no_rope_layers": [1, 0]}"#) }
        #expect(skips?.problem == "'no_rope_layers' has 2 entries for 4 layers")
    }

    @Test func `Gemma's layers differ in norms, windows, scales and bounds`() throws {
        let first = try #require(try TinyDecoder("gemma").configuration())
        #expect(first.normOffset == 1 && first.embeddingScale == Float(32).squareRoot() && !first.normsResults)
        #expect(first.scoreScale == nil && first.outputCap == nil && first.activation == .geluTanh && first.tiesEmbeddings)
        let second = try #require(try TinyDecoder("gemma2").configuration())
        #expect(second.normsResults && second.scoreCap == 2 && second.outputCap == 3 && second.localRotary == nil)
        #expect(second.scoreScale == Float(1 / 12.0.squareRoot()) && second.layers.map(\.window) == [7, nil, 7])
        let third = try #require(try TinyDecoder("gemma3").configuration())
        #expect(third.normsHeads && third.scoreCap == nil && third.layers.map(\.isLocal) == [true, false, true])
        #expect(third.rotary == RotarySettings(base: 50_000, pairs: 8, scaling: .linear(factor: 4)))
        #expect(third.localRotary == RotarySettings(base: 1000, pairs: 8) && third.modelType == "gemma3_text")
    }

    @Test func `older keys of Gemma mean the same`() throws {
        let third = try changed(
            "gemma3",
            #"{"rope_theta": 7000.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "num_hidden_layers": 7}"#,
            without: ["rope_parameters", "layer_types"])
        #expect(third.rotary == RotarySettings(base: 7000, pairs: 8, scaling: .linear(factor: 8)))
        #expect(third.localRotary == RotarySettings(base: 10_000, pairs: 8))
        #expect(third.layers.map(\.isLocal) == [true, true, true, true, true, false, true])
        let plain = try changed(
            "gemma3", #"{"rope_local_base_freq": 500.0, "sliding_window_pattern": 2}"#,
            without: ["rope_parameters", "layer_types"])
        #expect(plain.rotary.base == 1_000_000 && plain.localRotary?.base == 500)
        #expect(plain.layers.map(\.window) == [7, nil, 7])
        #expect(try changed("gemma2", without: ["layer_types"]).layers.map(\.window) == [7, nil, 7])
        let first = try changed("gemma", #"{"hidden_act": "gelu"}"#, without: ["hidden_activation", "tie_word_embeddings"])
        #expect(first.activation == .geluTanh && first.tiesEmbeddings)
    }

    @Test func `what a file leaves out is what transformers takes`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/decoder-defaults.json"
        let cases = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [[String: Any]] ?? []
        #expect(cases.count == 18)
        for wanted in cases {
            let file = try #require(wanted["file"] as? [String: Any])
            let text = String(decoding: try JSONSerialization.data(withJSONObject: file), as: UTF8.self)
            let c = try changed("llama", text, without: Array(Self.keys(of: "llama").subtracting(file.keys)))
            func number(_ key: String) -> Float? { (wanted[key] as? Double).map { Float($0) } }
            let (heads, keys) = (wanted["head_dim"] as? Int, wanted["num_key_value_heads"] as? Int)
            #expect(c.headWidth == heads && c.keyValueHeadCount == keys, "\(file)")
            #expect(c.layers.map(\.window) == (wanted["windows"] as? [Any])?.map { $0 as? Int }, "\(file)")
            #expect(c.normEpsilon == number("rms_norm_eps") && c.rotary.base == wanted["rope_theta"] as? Double, "\(file)")
            #expect(c.tiesEmbeddings == wanted["tie_word_embeddings"] as? Bool, "\(file)")
            #expect((c.activation == .silu) == (wanted["activation"] as? String == "silu"), "\(file)")
            #expect(c.rotary.border == wanted["original_max_position_embeddings"] as? Int, "\(file)")
            #expect(c.scoreScale == number("query_pre_attn_scalar").map { 1 / $0.squareRoot() }, "\(file)")
            #expect(c.scoreCap == number("attn_logit_softcapping"), "\(file)")
            #expect(c.outputCap == number("final_logit_softcapping"), "\(file)")
        }
    }

    private static func keys(of name: String) throws -> Set<String> {
        let data = try Data(contentsOf: URL(filePath: TinyDecoder(name).folder + "/config.json"))
        return Set((try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]).keys)
    }

    @Test func `Phi-3 joins its matrices and turns a part of each head`() throws {
        let c = try #require(try TinyDecoder("phi3").configuration())
        #expect(c.rotary == RotarySettings(base: 10_000, pairs: 2) && c.layers.map(\.window) == [9, 9, 9])
        #expect(
            c.sites(for: .all).prefix(4).map(\.name)
                == ["self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj"].map {
                    "model.layers.0." + $0
                })
        #expect(c.sites(for: .all).prefix(4).map(\.outputs) == [64, 32, 80, 32] && c.defaultTargets == ["qkv_proj"])
        let long = try changed(
            "phi3-longrope",
            #"{"rope_scaling": {"type": "su", "short_factor": [1, 1, 2], "long_factor": [1, 2, 4]}, "partial_rotary_factor": 0.75}"#,
            without: ["rope_parameters", "rms_norm_eps"])
        #expect(long.rotary.scaling == .longRope(short: [1, 1, 2], long: [1, 2, 4], original: 32) && long.rotary.pairs == 3)
        #expect(long.normEpsilon == 1e-5)
    }

    @Test(arguments: [
        ("gemma2", #""query_pre_attn_scalar": 0"#, "'query_pre_attn_scalar' is 0.0, expected a number above 0"),
        ("gemma2", #""final_logit_softcapping": -1"#, "'final_logit_softcapping' is -1.0, expected a number above 0"),
        ("gemma3", #""layer_types": null, "sliding_window_pattern": 0"#, "'sliding_window_pattern' is 0"),
        ("gemma3", #""layer_types": ["a", "b", "c"]"#, "'layer_types' has 'a', which is not supported"),
        ("phi3", #""rope_parameters": {"partial_rotary_factor": 1.5}"#, "partial_rotary_factor is 1.5, expected a part"),
        ("phi3", #""rope_parameters": {"partial_rotary_factor": 0.1}"#, "partial_rotary_factor is 0.1, expected a part"),
    ])
    func `what a family cannot mean is refused by name`(name: String, changes: String, problem: String) throws {
        let error = #expect(throws: CheckpointError.self) { try changed(name, "{" + changes + "}") }
        #expect(error?.problem.hasPrefix(problem) == true, "\(error?.problem ?? "")")
    }

    @Test func `sites have Hugging Face's names`() throws {
        let c = try #require(try TinyDecoder("llama").configuration())
        let sites = c.sites(for: .listed)
        #expect(
            sites.prefix(7).map(\.name)
                == ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"].map {
                    "model.layers.0." + $0
                }
                + ["gate_proj", "up_proj", "down_proj"].map { "model.layers.0.mlp." + $0 })
        #expect(sites[1].outputs == 16 && sites[4].outputs == 40 && sites[6].inputs == 40)
        #expect(c.outputSite?.name == "lm_head" && c.outputSite?.outputs == 48)
    }
}

@Suite struct DecoderWeightsTests {
    @Test(arguments: TinyDecoder.all)
    func `the headers tell how many numbers a model is made of`(name: String) throws {
        let weights = try Architectures.weights(of: TinyDecoder(name).folder)
        #expect(try weights.check() > 20_000 && weights.remarks.isEmpty && weights.title == "model.safetensors")
    }

    /// The file's divisors are random numbers.
    @Test func `a GGUF whose frequencies are divided by what is not positive is refused`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
        let path = folder + "/CheckpointsTests/Fixtures/tiny-llama.gguf"
        #expect(try Architectures.configuration(of: path).modelType == "llama")
        #expect(
            throws: CheckpointError(path: path, problem: "tensor 'rope_freqs.weight' has divisors that are not positive")
        ) { try Architectures.weights(of: path) }
    }
}
