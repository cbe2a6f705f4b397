import Foundation
import TestSupport
import Testing

/// What is exported is taken elsewhere: a trial's configuration by other trainers, its adapter by whoever has the folder alone.
@Suite(.timeLimit(.minutes(5))) struct ForeignExportTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        let tests = String(#filePath.dropLast("/EndToEndTests/ForeignExportTests.swift".count))
        for (file, name) in [
            ("FinetuningTests/Fixtures/causal-lm", "writer"), ("BackbonesTests/Fixtures/tiny-llama.gguf", "writer.gguf"),
        ] {
            try FileManager.default.copyItem(atPath: tests + "/" + file, toPath: temporary.path + "/" + name)
        }
    }

    private func run(_ study: String, goal: String = "minimize", maxLength: Int = 9, _ trainer: String) async throws {
        let text = """
            name: \(study)
            metric: {name: eval_loss, goal: \(goal)}
            method: random
            run_cap: 1
            trainer: {type: lora, \(trainer), max_steps: 4, eval_steps: 2, batch_size: 4, max_length: \(maxLength), r: 2}
            parameters:
              learning_rate: {values: [0.01]}

            """
        _ = try temporary.write(text, to: study + ".yaml")
        let run = try await autolora.run("run", study + ".yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
    }

    private func export(_ study: String, _ format: String) async throws -> (code: Int32, errors: String) {
        let done = try await autolora.run("export", study, "--format", format, "--output", "out/\(study)-\(format)")
        return (done.code, done.errors)
    }

    @Test func `one file that is divided and early stopping go to other trainers, or are told`() async throws {
        let trainer = "task: causal-lm, model: writer, train: writer/text.jsonl, split: {validation: 0.3}"
        try await run("writing", trainer + ", early_stopping_patience: 5")
        for format in ["peft-script", "trl", "llama-factory", "axolotl", "mlx-lm"] {
            let done = try await export("writing", format)
            #expect(done.code == 0 && done.errors.contains("has no word for it: early_stopping_patience"), "\(done.errors)")
            #expect(temporary.read("out/writing-\(format)/config.json")?.contains("\"validation\" : 0.3") == true, "\(format)")
        }
        let own = temporary.read("out/writing-mlx-lm/trainer.yaml")
        #expect(own?.contains("keys: [self_attn.q_proj, self_attn.v_proj]") == true, "\(own ?? "none")")
    }

    @Test func `an adapter names its base and its template wherever it goes`() async throws {
        let rows = "writer/messages.jsonl"
        try await run(
            "chatting", maxLength: 60,
            "task: causal-lm, model: writer, train: \(rows), validation: \(rows), chat_template: chatml")
        for format in ["peft", "vllm"] {
            let output = "out/\(format)"
            let done = try await autolora.run("export", "chatting", "--format", format, "--output", output, "--json")
            #expect(done.code == 0, "\(done.errors)")
            let told = try #require(try done.json() as? [String: Any])
            #expect(told["format"] as? String == format && told["output"] as? String == output)
            #expect((told["agreement"] as? [String: Any])?["difference"] as? Double == 0)
            #expect((told["notes"] as? [String])?.contains { $0.contains("the chat template chatml") } == true)
            #expect(temporary.read(output + "/chat_template.jinja")?.contains("<|im_start|>") == true)
            let card = temporary.read(output + "/README.md") ?? ""
            #expect(card.contains("## How it is loaded") && card.contains("--chat-template chat_template.jinja"), "\(card)")
            // As the card says: in the adapter's own folder.
            let inside = Autolora(in: temporary.path + "/" + output)
            let written = try await inside.run("generate", "--adapter", ".", "--prompt", "a", "--max-new-tokens", "2")
            #expect(written.code == 0, "\(written.errors)")
            let merged = try await inside.run("merge", ".", "--output", "../whole-\(format)")
            #expect(merged.code == 0, "\(merged.errors)")
            #expect(temporary.read("out/whole-\(format)/chat_template.jinja")?.contains("<|im_start|>") == true)
        }
        let trl = try await export("chatting", "trl")
        #expect(trl.code == 0 && temporary.read("out/chatting-trl/chat_template.jinja") != nil, "\(trl.errors)")
        let silent = try await autolora.run(
            "export", "chatting", "--format", "peft", "--output", "out/asked", "--verify-with", "python",
            environment: ["PYTHON": "true"])
        #expect(silent.code == 2 && silent.errors.contains("set PYTHON to an interpreter"), "\(silent.errors)")
        #expect(temporary.read("out/asked/adapter_config.json") == nil)
    }

    @Test func `a classifier is refused by trainers of language models in the words of export`() async throws {
        try await run("judging", "model: model, train: train.jsonl, split: {validation: 0.3}")
        let script = try await export("judging", "peft-script")
        #expect(script.code == 0, "\(script.errors)")
        for format in ["trl", "llama-factory", "axolotl", "mlx-lm"] {
            let done = try await export("judging", format)
            #expect(
                done.code == 2 && done.errors.contains("--format peft-script have sequence-classification"), "\(done.errors)")
            #expect(!done.errors.contains("type:") && temporary.read("out/judging-\(format)/run.sh") == nil)
        }
    }

    @Test func `what takes folders alone is refused on a GGUF file`() async throws {
        try await run("packed", "task: causal-lm, model: writer.gguf, train: writer/text.jsonl, validation: writer/text.jsonl")
        for format in ["peft-script", "trl", "llama-factory", "axolotl", "mlx-lm", "mlx", "vllm"] {
            let done = try await export("packed", format)
            #expect(done.code == 2 && done.errors.contains("is a GGUF file"), "\(done.errors)")
            #expect(!FileManager.default.fileExists(atPath: temporary.path + "/out/packed-\(format)"))
        }
        let kept = try await export("packed", "peft")
        #expect(kept.code == 0, "\(kept.errors)")
        #expect(temporary.read("out/packed-peft/README.md")?.contains("gguf_file=file") == true)
    }

    @Test func `an adapter alone cuts texts as in training, and without names of classes goes into its base`() async throws {
        try await run("judging", "model: model, train: train.jsonl, validation: train.jsonl")
        let done = try await autolora.run("export", "judging", "--format", "peft", "--output", "away/adapter")
        #expect(done.code == 0, "\(done.errors)")
        let text = "a long text of many words that goes on and on and on"
        func predicted(_ adapter: String, _ more: String...) async throws -> String {
            let said = try await autolora.wait(
                for: autolora.start(["predict", "--adapter", adapter, "--text", text, "--json"] + more))
            #expect(said.code == 0, "\(said.errors)")
            return said.output
        }
        let own = try await predicted("studies/judging/trials/0/adapter")
        #expect(try await predicted("away/adapter") == own)
        #expect(try await predicted("away/adapter", "--max-length", "12") != own)
        try FileManager.default.removeItem(atPath: temporary.path + "/away/adapter/labels.json")
        let merged = try await autolora.run("merge", "away/adapter", "--model", "model", "--output", "whole")
        #expect(merged.code == 0 && merged.errors.contains("they are numbered 0 to "), "\(merged.errors)")
        #expect(try await predicted("whole").contains("\"label\": \""))
        let again = try await autolora.run("merge", "whole", "--output", "twice")
        #expect(again.code == 2 && again.errors.contains("is a whole model already"), "\(again.errors)")
    }
}
