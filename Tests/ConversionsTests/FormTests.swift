import Checkpoints
import Finetuning
import Foundation
import Tasks
import Testing
import Tokenizers
import TrainerSettings

@testable import Conversions

/// Each form on each architecture and for each kind of LoRA: what was written answers as the trial does.
@Suite struct FormTests {
    static let kinds: [(name: String, settings: [String: SettingValue])] = [
        ("plain", [:]), ("all-linear", ["target_modules": .string("all-linear")]), ("rslora", ["use_rslora": .bool(true)]),
        ("dora", ["use_dora": .bool(true)]), ("last layer", ["layers_to_transform": .string("last-1")]),
    ]
    static let decoders = [
        "llama", "llama-llama3", "llama-tied", "mistral", "qwen2", "qwen3", "smollm3", "gemma2", "gemma3", "phi3",
    ]

    /// Phi-3, SmolLM3 and DistilBERT have no default targets.
    private func settings(_ kind: [String: SettingValue], _ decoder: String) -> [String: SettingValue] {
        guard ["phi3", "smollm3", "distilbert"].contains(decoder), kind["target_modules"] == nil else { return kind }
        return kind.merging(["target_modules": .string("all-linear")]) { $1 }
    }

    @Test(arguments: ["bert", "roberta", "distilbert", "electra"], kinds.indices)
    func `a classifier merged with its adapter answers as the trial`(encoder: String, kind: Int) throws {
        let model = encoder == "bert" ? SmallTrial.bert : SmallTrial.encoder(encoder)
        let trial = try SmallTrial(model, classes: ["bad", "good", "so so"], settings(Self.kinds[kind].settings, encoder))
        #expect(try trial.export("merged").share < 1e-5)
        let values = try JSONInput.object(file: trial.output + "/config.json")
        guard case .object(let labels)? = values["id2label"] else {
            Issue.record("no id2label")
            return
        }
        #expect(labels == ["0": .string("bad"), "1": .string("good"), "2": .string("so so")])
    }

    @Test(arguments: decoders, kinds.indices)
    func `a language model merged with its adapter answers as the trial`(decoder: String, kind: Int) throws {
        let trial = try SmallTrial(SmallTrial.decoder(decoder), settings(Self.kinds[kind].settings, decoder))
        #expect(try trial.export("merged", type: "float32").share < 1e-5)
    }

    @Test(arguments: decoders, kinds.indices)
    func `an adapter in mlx-lm's format answers as the trial`(decoder: String, kind: Int) throws {
        let base = try SpelledModel(SmallTrial.decoder(decoder))
        let trial = try SmallTrial(base.path, settings(Self.kinds[kind].settings, decoder))
        #expect(try trial.export("mlx").share < 1e-5)
    }

    @Test(arguments: ["llama-llama3", "qwen2", "smollm3", "gemma3", "phi3"])
    func `a base that mlx-lm would read otherwise is refused`(decoder: String) throws {
        let trial = try SmallTrial(SmallTrial.decoder(decoder), settings([:], decoder))
        let refusal = try trial.refusal("mlx")
        #expect(refusal?.contains("rope_parameters alone") == true && refusal?.contains("take --format merged") == true)
    }

    @Test(arguments: decoders, kinds.indices.filter { kinds[$0].name != "dora" })
    func `an adapter for llama dot cpp answers as the trial`(decoder: String, kind: Int) throws {
        let trial = try SmallTrial(SmallTrial.decoder(decoder), settings(Self.kinds[kind].settings, decoder))
        #expect(try trial.export("gguf-lora").share < 1e-5)
    }

    @Test(arguments: decoders, kinds.indices.filter { kinds[$0].name != "dora" })
    func `an adapter for vLLM answers as the trial`(decoder: String, kind: Int) throws {
        let trial = try SmallTrial(SmallTrial.decoder(decoder), settings(Self.kinds[kind].settings, decoder))
        #expect(try trial.export("vllm").share < 1e-5)
        let values = try JSONInput.object(file: trial.output + "/adapter_config.json")
        #expect(values["r"] == values["lora_alpha"] && values["use_rslora"] == .bool(false))
    }

    @Test(arguments: ["merged", "gguf-lora", "mlx", "vllm"])
    func `ranks and alphas of patterns are in what was written`(form: String) throws {
        let trial = try SmallTrial(
            SmallTrial.llama,
            [
                "target_modules": .array(["q_proj", "k_proj", "v_proj", "down_proj"].map(SettingValue.string)),
                "rank_pattern": .object(["q_proj": .int(2), "layers.1.self_attn.v_proj": .int(7)]),
                "alpha_pattern": .object(["k_proj": .int(3)]), "use_rslora": .bool(true),
            ])
        #expect(try trial.export(form).share < 1e-5)
    }

    @Test(arguments: ["base", "f32", "f16", "bf16", "q8_0", "q4_k_m"])
    func `a GGUF file of the merged model answers as the trial, as far as its type can`(type: String) throws {
        for kind in Self.kinds {
            let trial = try SmallTrial(SmallTrial.llama, kind.settings)
            let share = try trial.export("gguf", type: type).share
            #expect(share < ["f16": 5e-3, "bf16": 5e-2, "q8_0": 8e-2, "q4_k_m": 0.5][type, default: 1e-5], "\(kind.name)")
        }
    }

    @Test func `of a GGUF base the tensors that nothing changes stay bit for bit`() throws {
        let trial = try SmallTrial(SmallTrial.gguf, ["target_modules": .array([.string("q_proj")])])
        try trial.export("gguf")
        let (before, after) = (try GGUFFile(path: SmallTrial.gguf), try GGUFFile(path: trial.output))
        #expect(Set(before.tensors.keys) == Set(after.tensors.keys) && before.metadata.keys == after.metadata.keys)
        for (name, tensor) in before.tensors where !name.contains("attn_q.") {
            let other = try #require(after.tensors[name])
            #expect(before.bytes(tensor) == after.bytes(other), "\(name)")
        }
        for tensor in after.tensors.values { #expect(before.tensors.values.contains { $0.type == tensor.type }) }
    }

    @Test(arguments: kinds.indices) func `a GGUF model becomes a folder of transformers with its tokenizer`(kind: Int) throws {
        let trial = try SmallTrial(SmallTrial.gguf, Self.kinds[kind].settings)
        #expect(try trial.export("merged").share < 1e-5)
        let (before, after) = (
            try ModelTokenizer.tokenizer(of: SmallTrial.gguf), try ModelTokenizer.tokenizer(of: trial.output)
        )
        for text in [
            "", "a   7 b", "Hello, world 1234!\n\n  x", "na\u{EF}ve \u{4E2D}\u{6587} \u{1F600}",
            "<|im_start|>user\nhi<|im_end|>",
        ] {
            #expect(before.encode(text, special: true) == after.encode(text, special: true), "\(text)")
        }
        #expect(before.special == after.special)
    }

    @Test func `a classifier of PEFT's own, which names no classes, is merged with their numbers`() throws {
        let trial = try SmallTrial(SmallTrial.bert, classes: ["a", "b", "c"])
        #expect(try trial.opened().remark == nil)
        try FileManager.default.removeItem(atPath: trial.adapter + "/labels.json")
        #expect(try trial.opened().remark?.contains("numbered 0 to 2") == true)
        #expect(try trial.export("merged").share < 1e-5)
        let values = try JSONInput.object(file: trial.output + "/config.json")
        #expect(values["id2label"] == .object(["0": .string("0"), "1": .string("1"), "2": .string("2")]))
    }

    @Test func `how a training reads its texts goes along`() throws {
        for form in ["merged", "vllm", "peft"] {
            let trial = try SmallTrial(SmallTrial.llama)
            let file = trial.adapter + "/" + TrainingNotes.file
            try Data(#"{"max_length": 9}"#.utf8).write(to: URL(filePath: file))
            try trial.export(form)
            let kept = try TrainedAdapter(trial.output).settings(model: form == "merged" ? nil : SmallTrial.llama)
            #expect(kept.maxLength == 9, "\(form)")
        }
    }

    @Test func `a folder's tokenizer is in the GGUF file`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        try trial.export("gguf", type: "f32")
        let (before, after) = (
            try ModelTokenizer.tokenizer(of: SmallTrial.llama), try ModelTokenizer.tokenizer(of: trial.output)
        )
        for text in [
            "", "a   7 b", "Hello, world 1234!\n\n  x", "na\u{EF}ve \u{4E2D}\u{6587} \u{1F600}",
            "<|im_start|>user\nhi<|im_end|>",
        ] {
            #expect(before.encode(text, special: true) == after.encode(text, special: true), "\(text)")
        }
        #expect(before.special.eos == after.special.eos && before.special.bos == after.special.bos)
        let template = try GGUFFile(path: trial.output).metadata.string("tokenizer.chat_template")
        #expect(template == (try TextFile.text(SmallTrial.llama + "/chat_template.jinja")))
    }

    @Test(arguments: ["float32", "bfloat16", "float16"])
    func `the weights are of the type that was asked for`(type: String) throws {
        let trial = try SmallTrial(SmallTrial.llama)
        try trial.export("merged", type: type)
        let found = Set(try SafetensorsFile(path: trial.output + "/model.safetensors").entries.values.map(\.typeName))
        #expect(found == [["float32": "F32", "bfloat16": "BF16", "float16": "F16"][type]])
        let values = try JSONInput.object(file: trial.output + "/config.json")
        #expect(values["dtype"] == .string(type) && values["torch_dtype"] == .string(type))
    }

    @Test(arguments: ["none", "all", "lora_only"]) func `trained biases and modules are merged`(bias: String) throws {
        var settings: [String: SettingValue] = ["bias": .string(bias)]
        if bias == "none" { settings["modules_to_save"] = .array([.string("intermediate.dense"), .string("word_embeddings")]) }
        #expect(try SmallTrial(SmallTrial.bert, classes: ["a", "b"], settings).export("merged").share < 1e-5)
    }

    @Test(arguments: ["ia3", "miss", "bitfit", "head"]) func `what other methods tune is merged too`(type: String) throws {
        let trial = try SmallTrial(SmallTrial.bert, classes: ["a", "b"], ["finetuning_type": .string(type)])
        #expect(try trial.export("merged").share < 1e-5)
    }

    @Test func `large models are cut into shards that are read as one`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        let opened = try trial.opened()
        let model = MergedModel(opened)
        try FileManager.default.copyItem(atPath: SmallTrial.llama, toPath: trial.output)
        try FileManager.default.removeItem(atPath: trial.output + "/model.safetensors")
        try ModelFiles(.float32, shardLimit: 10_000).write(model.tensors, to: trial.output, values: model.values)
        let names = try FileManager.default.contentsOfDirectory(atPath: trial.output).filter { $0.hasPrefix("model-") }
        #expect(names.count > 2 && names.allSatisfy { $0.hasSuffix("-of-0000\(names.count).safetensors") })
        #expect(try ModelForms.verify(trial.output, of: opened, as: "merged").agreement.share < 1e-5)
    }
}
