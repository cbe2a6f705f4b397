import Foundation
import TestSupport
import Testing

/// Studies of a language model and what its adapters write, on a tiny random Llama.
@Suite(.timeLimit(.minutes(4))) struct LanguageModelTests {
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
        for (old, new, words) in [
            (
                "eval_f1, goal: maximize", "eval_accuracy, goal: maximize",
                "causal-lm has no eval_accuracy; its metrics are eval_loss"
            ),
            (
                "model/completion.jsonl\n  test", "model/text.jsonl\n  test",
                "its rows are text, those to train on prompt and completion"
            ),
            ("task: causal-lm", "task: sequence-classification", "prompt, completion and messages are for task: causal-lm"),
        ] {
            let refused = try await autolora.run("check", space(old, new))
            #expect(refused.code == 2 && refused.errors.contains(words), "\(refused.errors)")
        }
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
