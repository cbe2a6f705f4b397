import Backbones
import Checkpoints
import Foundation
import Tasks
import Tensors
import Testing
import TrainerSettings

@testable import Conversions

/// GGUF files of each decoder: they answer as the trial does, say what llama.cpp has to know, and are caught where they are broken.
@Suite struct GGUFArchitectureTests {
    private static func longRope(_ count: Int) -> SettingValue {
        func factors(_ step: Double) -> SettingValue { .array((0..<count).map { .double(1 + step * Double($0)) }) }
        return .object(["type": .string("longrope"), "short_factor": factors(0.1), "long_factor": factors(2)])
    }

    private static func yarn(_ more: [String: SettingValue]) -> SettingValue {
        let usual: [String: SettingValue] = [
            "rope_type": .string("yarn"), "factor": .double(4), "original_max_position_embeddings": .int(64),
        ]
        return .object(usual.merging(more) { $1 })
    }

    static let decoders: [(name: String, model: String, values: [String: SettingValue], tokenizer: String)] = [
        ("llama", "llama", [:], "llama"), ("mistral", "mistral", ["sliding_window": .int(40)], "llama"),
        (
            "qwen2", "qwen2", ["use_sliding_window": .bool(true), "sliding_window": .int(50), "max_window_layers": .int(1)],
            "llama"
        ),
        ("gemma", "gemma", [:], "gemma"),
        ("gemma2", "gemma2", ["sliding_window": .int(6), "query_pre_attn_scalar": .int(8)], "gemma"),
        (
            "gemma3", "gemma3_text",
            [
                "sliding_window": .int(6), "query_pre_attn_scalar": .int(8), "num_hidden_layers": .int(7),
                "rope_scaling": .object(["rope_type": .string("linear"), "factor": .double(4)]),
            ], "gemma"
        ),
        ("phi3", "phi3", ["partial_rotary_factor": .double(0.5), "sliding_window": .int(60)], "phi3"),
        (
            "phi3 longrope", "phi3",
            ["sliding_window": .null, "original_max_position_embeddings": .int(48), "rope_scaling": longRope(4)], "phi3"
        ),
    ]

    private func trial(_ index: Int, _ more: [String: SettingValue] = [:]) throws -> (SmallTrial, SmallDecoder) {
        let (_, model, values, tokenizer) = Self.decoders[index]
        let base = try SmallDecoder(model, values, tokenizer: tokenizer)
        return (try SmallTrial(base.path, ["target_modules": .string("all-linear")].merging(more) { $1 }), base)
    }

    private func index(_ name: String) -> Int { Self.decoders.firstIndex { $0.name == name } ?? 0 }

    @Test(arguments: decoders.indices, ["f32", "f16", "q8_0"])
    func `a GGUF file of each decoder answers as the trial`(decoder: Int, type: String) throws {
        let (trial, base) = try trial(decoder)
        #expect(try trial.export("gguf", type: type).share < ["f16": 5e-3, "q8_0": 8e-2][type, default: 1e-5])
        let (own, read) = (
            try Architectures.weights(of: base.path).configuration, try Architectures.weights(of: trial.output).configuration
        )
        #expect(read.ggufArchitecture == own.ggufArchitecture && read.vocabularySize == own.vocabularySize)
    }

    @Test func `texts longer than what the file says are compared up to there`() throws {
        let base = try SmallDecoder("mistral", ["sliding_window": .int(16)])
        let trial = try SmallTrial(base.path)
        #expect(try trial.opened().texts.contains { $0.count > 16 })
        #expect(try trial.export("gguf", type: "f32").share < 1e-5)
    }

    @Test(arguments: decoders.indices) func `an adapter as a GGUF file answers as the trial`(decoder: Int) throws {
        let (trial, base) = try trial(decoder)
        let share = try withExtendedLifetime(base) { try trial.export("gguf-lora").share }
        #expect(share < 1e-5)
    }

    @Test(arguments: decoders.indices) func `what was written is a base for the next training`(decoder: Int) throws {
        let (trial, base) = try trial(decoder)
        try withExtendedLifetime(base) { _ = try trial.export("gguf", type: "f32") }
        let next = try SmallTrial(trial.output, ["target_modules": .string("all-linear")])
        #expect(try next.export("gguf", type: "f32").share < 1e-5)
    }

    @Test func `the context is what llama dot cpp computes as the model does, and a note says so`() throws {
        for (name, key, context, word) in [
            ("mistral", "llama", 40, "the last 40 alone"), ("qwen2", "qwen2", 50, "the last 50 alone"),
            ("phi3", "phi3", 60, "the last 60 alone"), ("phi3 longrope", "phi3", 48, "LongRoPE"), ("gemma2", "gemma2", 256, ""),
            ("gemma3", "gemma3", 256, ""), ("llama", "llama", 256, ""),
        ] {
            let (trial, base) = try trial(index(name))
            try trial.export("gguf", type: "f32")
            let metadata = try GGUFFile(path: trial.output).metadata
            #expect(try metadata.integer(key + ".context_length") == context, "\(name)")
            let notes = try withExtendedLifetime(base) {
                try ModelForms.usage(trial.settings, adapter: trial.adapter, of: trial.output, as: "gguf").notes
            }
            #expect(word.isEmpty ? notes.isEmpty : notes.count == 1 && notes[0].contains(word), "\(name): \(notes)")
        }
    }

    @Test(arguments: ["gemma", "gemma2", "gemma3"]) func `a Gemma whose norms lack the one is caught`(name: String) throws {
        let (trial, base) = try trial(index(name))
        try withExtendedLifetime(base) {
            isCaught(
                try trial.problem("gguf", type: "f32") { export in
                    try GGUFRewriting.tensors(export) { name, values in
                        if name == "blk.0.attn_norm.weight" { values = values.map { $0 - 1 } }
                    }
                }, "'model.layers.0.input_layernorm.weight' is off by")
        }
    }

    @Test(arguments: [
        ("gemma2", "gemma2.attn_logit_softcapping", 2.0), ("gemma2", "gemma2.final_logit_softcapping", 2.0),
        ("gemma2", "gemma2.attention.sliding_window", 2.0), ("gemma3", "gemma3.rope.freq_base", 100.0),
        ("gemma3", "gemma3.rope.freq_base_swa", 100.0), ("gemma3", "gemma3.rope.scaling.factor", 30.0),
        ("phi3", "phi3.rope.dimension_count", 8.0), ("phi3 longrope", "phi3.rope.scaling.attn_factor", 3.0),
    ]) func `a key that says another model is caught`(name: String, key: String, value: Double) throws {
        let (trial, base) = try trial(index(name))
        try withExtendedLifetime(base) {
            isCaught(
                try trial.problem("gguf", type: "f32") { export in
                    try GGUFRewriting.fields(export) { field, own in
                        guard field == key else { return own }
                        if case .uint32 = own { return .uint32(UInt32(value)) }
                        // Copied fields begin with their type: 4 is a whole number.
                        if case .copied(let bytes) = own, bytes[0] == 4 { return .uint32(UInt32(value)) }
                        return .float32(Float(value))
                    }
                }, "answers otherwise")
        }
    }

    @Test func `rows of a fused matrix in another order are caught`() throws {
        let (trial, base) = try trial(index("phi3"))
        try withExtendedLifetime(base) {
            isCaught(
                try trial.problem("gguf", type: "f32") { export in
                    try GGUFRewriting.tensors(export) { name, values in
                        if name == "blk.1.attn_qkv.weight" { values = Array(values[32...] + values[..<32]) }
                    }
                }, "'model.layers.1.self_attn.qkv_proj.weight' is off by")
        }
    }

    @Test func `a tokenizer that cuts texts otherwise is caught`() throws {
        let (trial, base) = try trial(index("llama"))
        try withExtendedLifetime(base) {
            for (key, words) in [
                ("tokenizer.ggml.scores", "cuts the"), ("tokenizer.ggml.add_space_prefix", "cuts the"),
                ("tokenizer.ggml.add_bos_token", "puts other tokens around"),
            ] {
                isCaught(
                    try trial.problem("gguf", type: "f32") { export in
                        let scores = try GGUFFile(path: export).metadata.numbers("tokenizer.ggml.scores") ?? []
                        try GGUFRewriting.fields(export) { field, own in
                            guard field == key else { return own }
                            return key.hasSuffix("scores") ? .float32s(scores.map { -$0 }) : .flag(false)
                        }
                    }, words)
                try FileManager.default.removeItem(atPath: trial.output)
            }
        }
    }

    @Test(arguments: [
        ("gemma2", ["query_pre_attn_scalar": SettingValue.int(12)], "multiplies scores by"),
        ("gemma2", ["attn_logit_softcapping": .null], "other caps of scores"),
        ("gemma2", ["sliding_window": .null], "has one window"),
        ("gemma3", ["rope_local_base_freq": .double(1000)], "rope_local_base_freq 10000 alone"),
        ("gemma3", ["layer_types": .array(Array(repeating: .string("full_attention"), count: 7))], "but every sixth"),
        ("gemma3", ["final_logit_softcapping": .double(30)], "other caps"),
        ("gemma", ["tie_word_embeddings": .bool(false)], "takes the embeddings"),
        ("gemma", ["attention_bias": .bool(true)], "no biases"),
        ("gemma", ["hidden_activation": .string("silu")], "activation"),
        ("llama", ["hidden_act": .string("gelu_pytorch_tanh")], "activation"),
        (
            "qwen2",
            [
                "rope_scaling": .object([
                    "rope_type": .string("llama3"), "factor": .double(8), "low_freq_factor": .double(1),
                    "high_freq_factor": .double(4), "original_max_position_embeddings": .int(64),
                ])
            ], "no such rope_scaling"
        ),
        ("llama", ["rope_scaling": yarn(["attention_factor": .double(1.5)])], "no words for YaRN"),
        ("qwen2", ["rope_scaling": yarn(["beta_fast": .double(16)])], "no words for YaRN"),
        ("llama", ["rope_scaling": yarn(["beta_slow": .double(2)])], "no words for YaRN"),
        ("llama", ["rope_scaling": yarn(["truncate": .bool(false)])], "no words for YaRN"),
    ]) func `what llama dot cpp computes otherwise is refused`(
        name: String, values: [String: SettingValue], words: String
    ) throws {
        let (_, model, own, tokenizer) = Self.decoders[index(name)]
        let base = try SmallDecoder(model, own.merging(values) { $1 }, tokenizer: tokenizer)
        let trial = try SmallTrial(base.path)
        do {
            try trial.export("gguf")
            Issue.record("was written")
        } catch {
            #expect("\(error)".contains(words) && "\(error)".contains("take --format merged"), "\(error)")
        }
    }

    @Test(arguments: [[:], ["beta_fast": SettingValue.double(32), "attention_factor": .double(1.138629436111989)]])
    func `YaRN as it is usual is written`(more: [String: SettingValue]) throws {
        let base = try SmallDecoder("llama", ["rope_scaling": Self.yarn(more)])
        #expect(try SmallTrial(base.path).export("gguf", type: "f32").share < 1e-5)
    }

    @Test func `of a tokenizer that begins texts alone with a blank a note says what llama dot cpp does otherwise`() throws {
        let base = try SmallDecoder("llama", tokenizer: "metaspace")
        let trial = try SmallTrial(base.path)
        #expect(try trial.export("gguf", type: "f32").share < 1e-5)
        let notes = try ModelForms.usage(trial.settings, adapter: trial.adapter, of: trial.output, as: "gguf").notes
        #expect(notes.contains { $0.contains("begins with a blank") } && notes.contains { $0.contains("'<s>'") }, "\(notes)")
    }

    @Test func `a pattern of windows that llama dot cpp may read and this does not is refused`() throws {
        let (trial, base) = try trial(index("gemma3"))
        try withExtendedLifetime(base) { _ = try trial.export("gguf", type: "f32") }
        try GGUFRewriting.fields(trial.output, adding: [("gemma3.attention.sliding_window_pattern", .uint32(3))]) { $1 }
        let error = #expect(throws: CheckpointError.self) { try Architectures.configuration(of: trial.output) }
        #expect(error?.problem.contains("is 3, which is not supported (supported: 6)") == true, "\(String(describing: error))")
    }
}

/// Writes a GGUF file again with something changed.
enum GGUFRewriting {
    static func tensors(_ path: String, _ change: (_ name: String, _ values: inout [Float]) -> Void) throws {
        let file = try GGUFFile(path: path)
        try write(file, file.metadata.copied, change)
    }

    static func fields(
        _ path: String, adding more: [(key: String, value: GGUFField)] = [], _ change: (String, GGUFField) -> GGUFField
    ) throws {
        let file = try GGUFFile(path: path)
        try write(file, file.metadata.copied.map { ($0.key, change($0.key, $0.value)) } + more) { _, _ in }
    }

    private static func write(
        _ file: GGUFFile, _ fields: [(key: String, value: GGUFField)], _ change: (String, inout [Float]) -> Void
    ) throws {
        let tensors = file.tensors.sorted { $0.key < $1.key }.map {
            GGUFWriter.Tensor(name: $0.key, shape: $0.value.shape, type: .f32)
        }
        let path = file.path
        try GGUFWriter(fields).write(tensors, to: path + ".new") { tensor in
            var values = try file.floats(tensor.name)
            change(tensor.name, &values)
            return BlockEncoder(.f32).bytes(values, columns: tensor.shape.last ?? 1)
        }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".new", toPath: path)
    }
}
