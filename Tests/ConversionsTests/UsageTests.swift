import Checkpoints
import Finetuning
import Foundation
import Testing
import TrainerSettings

@testable import Conversions

/// What a program has to be told of an export: the template that was trained with, its rank.
@Suite struct UsageTests {
    private func usage(_ trial: SmallTrial, _ form: String) throws -> ModelUsage {
        try ModelForms.usage(trial.settings, adapter: trial.adapter, of: trial.output, as: form)
    }

    @Test(arguments: ["peft", "mlx", "vllm", "merged"])
    func `a folder has the template of the conversations that were trained on`(form: String) throws {
        let base = try SpelledModel(SmallTrial.llama)
        let trial = try SmallTrial(base.path, ["chat_template": .string("chatml")])
        try trial.export(form)
        let text = try String(contentsOfFile: trial.output + "/chat_template.jinja", encoding: .utf8)
        #expect(text.contains("<|im_start|>") && text == NamedTemplates.text(named: "chatml"))
        let usage = try usage(trial, form)
        #expect(usage.notes.contains { $0.contains("the chat template chatml") } == (form != "merged"))
        #expect(usage.commands.allSatisfy { $0.contains("--chat-template") })
    }

    @Test(arguments: ["peft", "mlx", "vllm"]) func `the base's own template needs no word`(form: String) throws {
        let base = try SpelledModel(SmallTrial.llama)
        let trial = try SmallTrial(base.path)
        try trial.export(form)
        // mlx-lm reads the base's.
        let template = try? String(contentsOfFile: trial.output + "/chat_template.jinja", encoding: .utf8)
        let own = try String(contentsOfFile: base.path + "/chat_template.jinja", encoding: .utf8)
        #expect(template == (form == "mlx" ? nil : own))
        let usage = try usage(trial, form)
        #expect(usage.notes.isEmpty && usage.commands.allSatisfy { !$0.contains("template") && $0.contains(base.path) })
        #expect(usage.commands.isEmpty == (form == "peft"))
    }

    private static let longRope: SettingValue = .object([
        "type": .string("longrope"), "short_factor": .array(Array(repeating: .double(1), count: 4)),
        "long_factor": .array(Array(repeating: .double(2), count: 4)),
    ])

    @Test func `what mlx-lm computes otherwise is said`() throws {
        let window: [String: SettingValue] = ["sliding_window": .int(16)]
        let cases: [(model: String, values: [String: SettingValue], words: String?)] = [
            ("mistral", window, "not the last 16 alone"), ("mistral", ["sliding_window": .null], nil), ("llama", [:], nil),
            ("gemma2", window, "a gemma2's token"),
            ("phi3", ["sliding_window": .int(16), "pad_token_id": .int(0)], "a phi3's token"),
            (
                "phi3", ["pad_token_id": .int(0), "original_max_position_embeddings": .int(32), "rope_scaling": Self.longRope],
                "texts of up to 32 tokens"
            ),
        ]
        for (model, values, words) in cases {
            let base = try SmallDecoder(model, values)
            let notes = MLXLack.notes(of: base.path)
            #expect(notes.count == (words == nil ? 0 : 1), "\(model): \(notes)")
            #expect(words == nil || notes.first?.contains(words ?? "") == true, "\(model): \(notes)")
        }
    }

    /// Its reader of Phi-3 wants the older word.
    @Test func `a scaling without the word that mlx-lm reads is missed in a phi3`() {
        guard case .object(var scaling) = Self.longRope else { return }
        var values: [String: SettingValue] = ["model_type": .string("phi3"), "rope_scaling": Self.longRope]
        #expect(RotaryLack.keys(missingIn: values).isEmpty)
        (scaling["rope_type"], scaling["type"]) = (scaling["type"], nil)
        values["rope_scaling"] = .object(scaling)
        #expect(RotaryLack.keys(missingIn: values) == ["the scaling's 'type' in rope_scaling"])
        #expect(RotaryLack.keys(missingIn: RotarySpelling.both(values)).isEmpty)
    }

    @Test(arguments: [SmallTrial.llama, SmallTrial.gguf])
    func `a base that a machine cannot hold twice is told`(base: String) throws {
        #expect(TrialModel.lack(of: base, in: 1000)?.contains("this machine has 1 KB") == true)
        #expect(TrialModel.lack(of: base, in: 1 << 30) == nil && TrialModel.lack(of: base, in: nil) == nil)
        #expect(TrialModel.lack(of: base + "/none", in: 1000) == nil)
    }

    @Test func `a tokenizer that a trainer has put beside its adapter stays, and none is mixed with it`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        try Data("{}".utf8).write(to: URL(filePath: trial.adapter + "/tokenizer_config.json"))
        try trial.export("peft")
        #expect(try String(contentsOfFile: trial.output + "/tokenizer_config.json", encoding: .utf8) == "{}")
        #expect(!FileManager.default.fileExists(atPath: trial.output + "/tokenizer.json"))
    }

    @Test func `an adapter on a GGUF file has the tokenizer that the file holds`() throws {
        let trial = try SmallTrial(SmallTrial.gguf)
        try trial.export("peft")
        let values = try JSONInput.object(file: trial.output + "/tokenizer_config.json")
        #expect(values["tokenizer_class"] != nil)
        #expect(FileManager.default.fileExists(atPath: trial.output + "/tokenizer.json"))
        #expect(try usage(trial, "peft").remarks.first?.contains("AutoTokenizer") == true)
    }

    @Test func `an adapter on a GGUF file whose tokenizer no folder has yet goes without`() throws {
        let base = try SmallDecoder("llama")
        let first = try SmallTrial(base.path)
        try withExtendedLifetime(base) { _ = try first.export("gguf", type: "f32") }
        let trial = try SmallTrial(first.output)
        #expect(try trial.export("peft").share == 0)
        #expect(!FileManager.default.fileExists(atPath: trial.output + "/tokenizer_config.json"))
        #expect(try usage(trial, "peft").remarks.isEmpty)
    }

    @Test(arguments: [SmallTrial.llama, SmallTrial.gguf]) func `a GGUF file has the template too`(base: String) throws {
        let trial = try SmallTrial(base, ["chat_template": .string("phi3")])
        try trial.export("gguf")
        let file = try GGUFFile(path: trial.output)
        #expect(try file.metadata.string("tokenizer.chat_template") == NamedTemplates.text(named: "phi3"))
        #expect(file.metadata.copied.filter { $0.key == "tokenizer.chat_template" }.count == 1)
    }

    @Test func `llama-server is told of the template by its name`() throws {
        let trial = try SmallTrial(SmallTrial.llama, ["chat_template": .string("gemma")])
        try trial.export("gguf-lora")
        #expect(try usage(trial, "gguf-lora").notes.first?.contains("llama-server with --chat-template gemma") == true)
    }

    @Test(arguments: [(16, nil), (17, "--max-lora-rank 32"), (32, "--max-lora-rank 32"), (40, "--max-lora-rank 64")])
    func `vLLM is told of ranks above its usual highest`(rank: Int, option: String?) throws {
        let trial = try SmallTrial(SmallTrial.llama, ["r": .int(rank)])
        try trial.export("vllm")
        let usage = try usage(trial, "vllm")
        #expect(usage.commands.count == 1 && usage.commands[0].hasPrefix("vllm serve "))
        #expect(usage.commands[0].contains("--lora-modules tuned=."))
        #expect(
            usage.commands[0].contains("--max-lora-rank") == (option != nil) && usage.notes.count == (option == nil ? 0 : 1))
        if let option { #expect(usage.commands[0].contains(option + " ") && usage.notes[0].contains("vLLM with \(option):")) }
    }

    /// Another trainer's adapter, with the base's tokenizer beside it as far as it is not changed.
    private func foreign(_ base: String, _ changes: [String: String]) throws -> SmallTrial {
        let trial = try SmallTrial(base)
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            let text = try changes[name] ?? String(contentsOfFile: SmallTrial.llama + "/" + name, encoding: .utf8)
            try Data(text.utf8).write(to: URL(filePath: trial.adapter + "/" + name))
        }
        if let template = changes["chat_template.jinja"] {
            try Data(template.utf8).write(to: URL(filePath: trial.adapter + "/chat_template.jinja"))
        }
        return trial
    }

    @Test(arguments: ["peft", "mlx", "vllm", "merged", "gguf", "gguf-lora"])
    func `the template that a trainer has left beside its adapter goes along, and is told`(form: String) throws {
        let base = try SpelledModel(SmallTrial.llama)
        for place in ["chat_template.jinja", "tokenizer_config.json"] {
            let own = "{{ messages[0].content }}!"
            let trial = try foreign(base.path, [place: place.hasSuffix("json") ? #"{"chat_template": "\#(own)"}"# : own])
            try trial.export(form)
            switch form {
            case "gguf": #expect(try GGUFFile(path: trial.output).metadata.string("tokenizer.chat_template") == own)
            case "gguf-lora": break
            default:
                #expect(try String(contentsOfFile: trial.output + "/chat_template.jinja", encoding: .utf8) == own, "\(place)")
            }
            let usage = try usage(trial, form)
            let isTold = usage.notes.contains { $0.contains("another chat template than its base's") }
            #expect(isTold == !["merged", "gguf"].contains(form), "\(usage.notes)")
            #expect(usage.commands.allSatisfy { $0.contains("--chat-template") })
        }
    }

    @Test func `the base's template beside an adapter needs no word`() throws {
        let base = try SpelledModel(SmallTrial.llama)
        let template = try String(contentsOfFile: base.path + "/chat_template.jinja", encoding: .utf8)
        for form in ["peft", "mlx", "vllm", "gguf-lora"] {
            let trial = try foreign(base.path, ["chat_template.jinja": template])
            try trial.export(form)
            #expect(try usage(trial, form).notes.isEmpty)
        }
    }

    @Test(arguments: [("peft", "the trainer's"), ("merged", "the base's"), ("vllm", "the base's"), ("gguf", "the base's")])
    func `which tokenizer was taken is told where a trainer has left another`(form: String, taken: String) throws {
        let base = try SpelledModel(SmallTrial.llama)
        var values = try JSONInput.object(file: SmallTrial.llama + "/tokenizer.json")
        guard case .array(let tokens)? = values["added_tokens"] else { throw CocoaError(.fileReadCorruptFile) }
        values["added_tokens"] = .array(tokens + [.object(["content": .string("<call>"), "id": .int(9999)])])
        let added = try foreign(base.path, ["tokenizer.json": JSONWriter.text(.object(values), .shown)])
        let ended = try foreign(base.path, ["tokenizer_config.json": #"{"eos_token": {"content": "<end>"}}"#])
        for (trial, what) in [(added, "token '<call>'"), (ended, "eos_token '<end>'")] {
            try trial.export(form)
            let notes = try usage(trial, form).notes
            #expect(notes.contains { $0.contains("(\(what)); what is written goes by \(taken)") }, "\(notes)")
        }
    }

    @Test func `other programs are given texts as long as the export takes them`() throws {
        let trial = try SmallTrial(SmallTrial.llama).opened()
        guard case .object(let whole) = try trial.reference(count: 4, room: 1000),
            case .object(let cut) = try trial.reference(count: 4, room: 3), case .array(let texts)? = cut["texts"]
        else { throw CocoaError(.fileReadCorruptFile) }
        #expect(texts == trial.texts.prefix(4).map { .array($0.prefix(3).map { .int(Int($0)) }) })
        #expect(whole["texts"] == .array(trial.texts.prefix(4).map { .array($0.map { .int(Int($0)) }) }))
        let logits = try trial.model.logits(of: trial.texts.prefix(4).map { Array($0.prefix(3)) })
        guard case .array(let rows)? = cut["logits"], case .array(let first)? = rows.first else {
            throw CocoaError(.fileReadCorruptFile)
        }
        #expect(rows.count == 4 && first == logits.prefix(first.count).map { .double(Double($0)) })
        #expect(cut["logits"] != whole["logits"])
    }
}
