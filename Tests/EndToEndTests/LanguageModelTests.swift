import Foundation
import TestSupport
import Testing

/// Studies of a language model and what its adapters write, on a tiny random Llama.
@Suite(.timeLimit(.minutes(5))) struct LanguageModelTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        let tests = String(#filePath.dropLast("/EndToEndTests/LanguageModelTests.swift".count))
        try FileManager.default.copyItem(
            atPath: tests + "/FinetuningTests/Fixtures/causal-lm", toPath: temporary.path + "/model")
        _ = try temporary.write(Self.space, to: "space.yaml")
    }

    private static let space = """
        name: answers
        metric: {name: eval_f1, goal: maximize}
        method: random
        run_cap: 3
        workers: 2
        seed: 3
        trainer:
          type: lora
          task: causal-lm
          model: model
          train: model/completion.jsonl
          validation: model/completion.jsonl
          test: model/completion.jsonl
          max_steps: 4
          eval_steps: 2
          batch_size: 4
          max_length: 64
          max_new_tokens: 8
          eval_generation_rows: 6
        parameters:
          learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2}
          r: {values: [2, 4]}

        """

    private func space(_ old: String, _ new: String) throws -> String {
        _ = try temporary.write(Self.space.replacing(old, with: new), to: "other.yaml")
        return "other.yaml"
    }

    @Test func `a study is after answers, and its winner writes`() async throws {
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        let best = try #require(try await autolora.run("best", "answers", "--json").json() as? [String: Any])
        let metrics = try #require(best["metrics"] as? [String: Double])
        let names = [
            "eval_loss", "eval_perplexity", "eval_token_accuracy", "eval_exact_match", "eval_bleu", "eval_rouge_l",
        ]
        #expect(Set(metrics.keys).isSuperset(of: names + ["eval_f1_se", "eval_bleu_se"]), "\(metrics.keys.sorted())")
        let test = try #require(best["test"] as? [String: Double])
        #expect(Set(test.keys).isSuperset(of: ["test_loss", "test_perplexity", "test_f1"]), "\(test.keys.sorted())")
        let export = try await autolora.run("export", "answers", "--format", "peft", "--output", "winner")
        #expect(export.code == 0, "\(export.errors)")
        let prompt = ["generate", "--adapter", "winner", "--prompt", "Review: a good film.", "--max-new-tokens", "6"]
        let text = try await autolora.wait(for: autolora.start(prompt))
        #expect(text.code == 0 && text.output.hasSuffix("\n") && text.output.count > 1, "\(text.errors)")
        let json = try await autolora.wait(for: autolora.start(prompt + ["--json"])).json() as? [String: Any]
        #expect((json?["text"] as? String).map { $0 + "\n" } == text.output && (json?["tokens"] as? Int ?? 0) <= 6)
        #expect(["end", "length"].contains(json?["end"] as? String ?? ""))
        let base = try await autolora.wait(for: autolora.start(["generate", "--model", "model"] + prompt.dropFirst(3)))
        #expect(base.code == 0 && !base.output.isEmpty)
        #expect(try await autolora.run("verify", "answers").code == 0)
    }

    @Test func `check counts rows of what kind, and refuses what a trial could not do`() async throws {
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 0 && check.output.contains("48 rows of prompt and completion"), "\(check.output)\(check.errors)")
        let cut = try await autolora.run("check", space("max_length: 64", "max_length: 40"))
        #expect(cut.code == 0 && cut.errors.contains("warning: max_length 40 leaves nothing to learn of "), "\(cut.errors)")
        for (old, new, words) in [
            (
                "eval_f1, goal: maximize", "eval_accuracy, goal: maximize",
                "causal-lm has no eval_accuracy; its metrics are eval_loss"
            ),
            (
                "model/completion.jsonl\n  test", "model/text.jsonl\n  test",
                "its rows are text, those to train on prompt and completion"
            ),
            (
                "max_length: 64", "max_length: 3",
                "completion.jsonl: nothing is left to learn of its 48 rows: each is longer than max_length 3 before"
            ),
            ("task: causal-lm", "task: sequence-classification", "prompt, completion and messages are for task: causal-lm"),
        ] {
            let refused = try await autolora.run("check", space(old, new))
            #expect(refused.code == 2 && refused.errors.contains(words), "\(refused.errors)")
        }
    }

    /// The tiny Llama of a GGUF file, named after Mistral's first and with the window that it has.
    private func windowedModel() throws {
        let tests = String(#filePath.dropLast("/EndToEndTests/LanguageModelTests.swift".count))
        var file = [UInt8](try Data(contentsOf: URL(filePath: tests + "/BackbonesTests/Fixtures/tiny-llama.gguf")))
        func number(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        func text(_ text: String) -> [UInt8] { number(UInt64(text.utf8.count)) + Array(text.utf8) }
        // As long together as three times the alignment, so that the tensors' places stay right.
        let keys =
            text("llama.attention.sliding_window") + number(UInt32(4)) + number(UInt32(8))
            + text("general.name") + number(UInt32(8)) + text("Mistral 7B v0.1 xy")
        #expect(keys.count == 96)
        file.replaceSubrange(16..<24, with: number(file[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } + 2))
        file.insert(contentsOf: keys, at: 24)
        try Data(file).write(to: URL(filePath: temporary.path + "/tiny.gguf"))
    }

    @Test func `check says once which window a GGUF file goes without`() async throws {
        try windowedModel()
        let rows = (0..<8).map { "{\"text\": \"a good film, number \($0).\"}\n" }.joined()
        _ = try temporary.write(rows, to: "rows.jsonl")
        let text = Self.space.replacing("eval_f1, goal: maximize", with: "eval_loss, goal: minimize")
            .replacing("model: model\n", with: "model: tiny.gguf\n").replacing("model/completion.jsonl", with: "rows.jsonl")
            .replacing("  max_new_tokens: 8\n  eval_generation_rows: 6\n", with: "")
        _ = try temporary.write(text, to: "windowed.yaml")
        let words = "tiny.gguf: the file says that a token sees the last 8 alone (attention.sliding_window)"
        let check = try await autolora.run("check", "windowed.yaml")
        #expect(check.code == 0 && check.errors.components(separatedBy: words).count == 2, "\(check.errors)")
        _ = try temporary.write(text.replacing("max_length: 64", with: "max_length: 8"), to: "short.yaml")
        let short = try await autolora.run("check", "short.yaml")
        #expect(short.code == 0 && !short.errors.contains("sliding_window"), "\(short.errors)")
    }

    @Test func `texts are tokenized by a folder's tokenizer, and by a GGUF file's`() async throws {
        try windowedModel()
        let texts = try temporary.write("\"a film\"\n\"th\"\n\"\"\n", to: "texts")
        for (model, ids) in [("tiny.gguf", "[3, 44, 8, 11, 14, 15]\n[46]\n[]\n"), ("model", nil)] as [(String, String?)] {
            let process = try ChildProcess(
                [TemporaryFolder.autolora, "tokenize", model], in: temporary.path, input: .file(texts),
                output: .file(temporary.path + "/\(model).ids"))
            #expect(try await process.end() == 0)
            let output = temporary.read("\(model).ids")
            #expect(output?.split(separator: "\n").count == 3 && (ids == nil || output == ids), "\(output ?? "")")
        }
        let missing = try await autolora.run("tokenize", "nowhere.gguf")
        #expect(missing.code == 2 && missing.errors.contains("nowhere.gguf: "), "\(missing.errors)")
    }

    @Test(arguments: [
        (["--model", "model"], "Give either --prompt TEXT or --chat."),
        (["--prompt", "a"], "Give --model, --adapter or both."),
        (["--model", "nowhere", "--prompt", "a"], "nowhere"),
        (["--model", "model", "--prompt", "a", "--top-p", "0"], "--top-p: expected a number above 0"),
        (["--model", "model", "--prompt", "a", "--system", "b"], "--system and --chat-template go with --chat"),
    ])
    func `generate says what is wrong with what it is asked`(arguments: [String], words: String) async throws {
        let result = try await autolora.wait(for: autolora.start(["generate"] + arguments))
        #expect(result.code != 0 && result.errors.contains(words), "\(result.errors)")
    }
}
