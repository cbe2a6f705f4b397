import Foundation
import TestSupport
import Testing

/// What trainers of others leave is held against its exports as our own trials are: a stand-in for one leaves an adapter of PEFT's format.
@Suite(.timeLimit(.minutes(5))) struct ForeignAdapterExportTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() async throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        let tests = String(#filePath.dropLast("/EndToEndTests/ForeignAdapterExportTests.swift".count))
        try FileManager.default.copyItem(
            atPath: tests + "/FinetuningTests/Fixtures/causal-lm", toPath: temporary.path + "/writer")
        let path = try temporary.write(Self.standIn, to: "stand-in")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        try await run("own", "type: lora, max_length: 9")
        let kept = try await autolora.run("export", "own", "--format", "peft", "--output", "made")
        #expect(kept.code == 0, "\(kept.errors)")
    }

    /// Leaves what TRL's checkpoints have of an adapter. FORM changes what it says to be, UNTOLD leaves its task out, as PEFT does.
    private static let standIn = #"""
        #!/usr/bin/env python3
        import json, os, shutil, sys

        if "--probe" in sys.argv:
            print(json.dumps({"versions": {"trl": "1.16.0"}, "unknown": [], "problems": [], "warnings": []}))
            sys.exit(0)
        adapter = os.environ["AUTOLORA_TRIAL_DIR"] + "/adapter"
        os.makedirs(adapter)
        shutil.copy("made/adapter_model.safetensors", adapter)
        values = json.load(open("made/adapter_config.json"))
        if os.environ.get("FORM"):
            values["peft_type"] = os.environ["FORM"] if os.environ["FORM"] != "none" else None
        if os.environ.get("UNTOLD"):
            values["task_type"] = None
        json.dump(values, open(adapter + "/adapter_config.json", "w"))
        print(json.dumps({"autolora": 1, "step": 4, "eval_loss": 1.5}), flush=True)
        """#

    private func run(_ study: String, _ trainer: String, _ variables: [String: String] = [:]) async throws {
        let text = """
            name: \(study)
            metric: {name: eval_loss, goal: minimize}
            method: random
            run_cap: 1
            trainer: {\(trainer), task: causal-lm, model: writer, train: writer/text.jsonl, validation: writer/text.jsonl, max_steps: 4, eval_steps: 4, batch_size: 4, r: 2}
            parameters:
              learning_rate: {values: [0.01]}

            """
        _ = try temporary.write(text, to: study + ".yaml")
        let run = try await autolora.run("run", study + ".yaml", "--quiet", environment: variables)
        #expect(run.code == 0, "\(run.errors)")
    }

    private func export(_ study: String, _ format: String) async throws -> (code: Int32, errors: String, told: [String: Any]) {
        let done = try await autolora.run("export", study, "--format", format, "--output", "out/\(study)-\(format)", "--json")
        return (done.code, done.errors, (try? done.json() as? [String: Any]) ?? [:])
    }

    @Test func `an adapter that TRL has left is read again in every form`() async throws {
        try await run("theirs", "type: trl, python: stand-in")
        for format in ["peft", "merged", "gguf", "gguf-lora", "vllm", "mlx"] {
            let done = try await export("theirs", format)
            #expect(done.code == 0 && (done.told["warnings"] as? [String])?.isEmpty == true, "\(format): \(done.errors)")
            let agreement = try #require(done.told["agreement"] as? [String: Any], "\(format)")
            #expect(agreement["texts"] as? String == "32 rows of text.jsonl" && agreement["difference"] as? Double ?? 1 < 1e-4)
        }
        // With the tokenizer, as the packages of others load it from an adapter's folder.
        for format in ["peft", "vllm"] {
            let (own, base) = (temporary.path + "/out/theirs-\(format)", temporary.path + "/writer")
            for name in ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"] {
                #expect(FileManager.default.contentsEqual(atPath: own + "/" + name, andPath: base + "/" + name), "\(name)")
            }
            let card = temporary.read("out/theirs-\(format)/README.md") ?? ""
            #expect(card.contains("`AutoTokenizer.from_pretrained` takes this folder"), "\(card)")
            #expect(card.contains("Read again from these files"))
        }
        let again = try await autolora.run(
            "export", "theirs", "--format", "peft", "--output", "out/theirs-vllm", "--force")
        #expect(again.code == 0, "\(again.errors)")
    }

    @Test func `what our reader does not know is copied, and said to be unread`() async throws {
        try await run("strange", "type: trl, python: stand-in", ["FORM": "LOHA"])
        let kept = try await export("strange", "peft")
        #expect(kept.code == 0 && kept.told["agreement"] is NSNull, "\(kept.errors)")
        let warning = try #require((kept.told["warnings"] as? [String])?.first)
        #expect(warning.hasPrefix("not read again: ") && warning.contains("LOHA"), "\(warning)")
        let merged = try await export("strange", "merged")
        #expect(merged.code == 2 && merged.errors.contains("LOHA"), "\(merged.errors)")
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/out/strange-merged"))

        try await run("gone", "type: trl, python: stand-in")
        try FileManager.default.moveItem(atPath: temporary.path + "/writer", toPath: temporary.path + "/elsewhere")
        let alone = try await export("gone", "peft")
        #expect(alone.code == 0 && alone.errors.contains("warning: not read again: the base '"), "\(alone.errors)")
        #expect((alone.told["warnings"] as? [String])?.count == 1)
    }

    @Test func `an adapter whose base or notes cannot be read is copied, and said to be unread`() async throws {
        try await run("odd", "type: trl, python: stand-in")
        let config = try #require(temporary.read("writer/config.json"))
        let notes = "studies/odd/trials/0/adapter/autolora.json"
        for (index, (file, text, word)) in [
            ("writer/config.json", config.replacing(#""llama""#, with: #""gpt_neox""#), "gpt_neox"),
            ("writer/config.json", #"{"model_type": "llama", "#, "config.json"),
            (notes, #"{"max_length": "many"}"#, "autolora.json"), (notes, "{", "autolora.json"),
        ].enumerated() {
            _ = try temporary.write(text, to: file)
            let kept = try await autolora.run(
                "export", "odd", "--format", "peft", "--output", "out/odd-\(index)", "--json")
            let told = (try? kept.json() as? [String: Any]) ?? [:]
            #expect(kept.code == 0 && told["agreement"] is NSNull, "\(word): \(kept.errors)")
            let warnings = told["warnings"] as? [String] ?? []
            #expect(warnings.contains { $0.hasPrefix("not read again: ") && $0.contains(word) }, "\(warnings)")
            let merged = try await autolora.run("export", "odd", "--format", "merged", "--output", "out/odd-merged")
            #expect(merged.code == 2 && merged.errors.contains(word), "\(word): \(merged.errors)")
            _ = try temporary.write(config, to: "writer/config.json")
        }
    }

    @Test func `an adapter that tells no task has the study's`() async throws {
        try await run("untold", "type: trl, python: stand-in", ["UNTOLD": "1"])
        for format in ["peft", "merged"] {
            let done = try await export("untold", format)
            #expect(done.code == 0 && done.told["agreement"] is [String: Any], "\(format): \(done.errors)")
        }
        let adapter = "studies/untold/trials/0/adapter"
        let measured = try await autolora.run(
            "evaluate", "--adapter", adapter, "--model", "writer", "--data", "writer/text.jsonl")
        #expect(measured.code == 0 && measured.output.contains("perplexity"), "\(measured.errors)")
    }

    /// Stands in for a Python with llama.cpp: says how long the texts are that it is given, and agrees.
    private static let verifier = #"""
        #!/usr/bin/env python3
        import json, sys

        texts = json.load(open(sys.argv[-1]))["texts"]
        print("VERIFIED " + json.dumps({"program": f"longest {max(map(len, texts))}", "share": 0, "largest": 0}))
        """#

    @Test func `llama cpp is given texts that leave it room for a token of its own`() async throws {
        let config = try #require(temporary.read("writer/config.json"))
        _ = try temporary.write(
            config.replacing(#""llama""#, with: #""mistral", "sliding_window": 6"#).replacing("Llama", with: "Mistral"),
            to: "writer/config.json")
        try await run("windowed", "type: lora, max_length: 9")
        let python = try temporary.write(Self.verifier, to: "python")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python)
        let done = try await autolora.run(
            "export", "windowed", "--format", "gguf", "--output", "out/windowed.gguf", "--verify-with", "python",
            environment: ["PYTHON": python])
        #expect(done.code == 0 && done.errors.contains("; longest 5 on 8 of them"), "\(done.errors)")
    }
}
