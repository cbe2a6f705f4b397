import Checkpoints
import Foundation
import Testing
import TrainerSettings

@testable import Conversions

/// What a program has to be told of an export: the template that was trained with, its rank.
@Suite struct UsageTests {
    private func usage(_ trial: SmallTrial, _ form: String) throws -> ModelUsage {
        try ModelForms.usage(trial.settings, of: trial.output, as: form)
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
}
