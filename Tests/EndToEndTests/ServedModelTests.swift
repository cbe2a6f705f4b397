import Foundation
import TestSupport
import Testing

/// A study's winner in the forms of programs that serve it, and adapters made one.
@Suite(.timeLimit(.minutes(5))) struct ServedModelTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        let tests = String(#filePath.dropLast("/EndToEndTests/ServedModelTests.swift".count))
        try FileManager.default.copyItem(
            atPath: tests + "/FinetuningTests/Fixtures/causal-lm", toPath: temporary.path + "/model")
        _ = try temporary.write(Self.space, to: "space.yaml")
    }

    private static let space = """
        name: served
        metric: {name: eval_loss, goal: minimize}
        method: random
        run_cap: 2
        seed: 3
        trainer:
          type: lora
          task: causal-lm
          model: model
          train: model/text.jsonl
          validation: model/text.jsonl
          max_steps: 4
          eval_steps: 2
          batch_size: 4
          max_length: 64
          r: 4
        parameters:
          learning_rate: {distribution: log_uniform_values, min: 1e-3, max: 1e-2}

        """

    @Test func `the winner is exported in every form, merged, and made one with another`() async throws {
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        for form in ["peft", "merged", "gguf", "gguf-lora", "mlx", "vllm"] {
            let export = try await autolora.run("export", "served", "--format", form, "--output", "out/" + form)
            #expect(export.code == 0 && export.errors.contains("its logits differ from the trial's by "), "\(export.errors)")
        }
        #expect(temporary.read("out/merged/README.md")?.contains("it answers as the trial does") == true)
        #expect(temporary.read("out/vllm/adapter_config.json")?.contains(temporary.path) == true, "its base, wherever it goes")
        for form in ["peft-script", "trl", "llama-factory", "axolotl"] {
            let export = try await autolora.run("export", "served", "--format", form, "--output", "out/" + form)
            #expect(export.code == 0, "\(export.errors)")
        }
        // The exported models are models.
        for model in ["out/merged", "out/gguf"] {
            let written = try await autolora.run("generate", "--model", model, "--prompt", "a b", "--max-new-tokens", "3")
            #expect(written.code == 0, "\(written.errors)")
        }
        let adapters = (0..<2).map { "studies/served/trials/\($0)/adapter" }
        // Folders of the user's with names such as drafts have.
        for name in ["whole", "both", "small"] { _ = try temporary.write("mine", to: name + ".draft/mine.txt") }
        let whole = try await autolora.run("merge", adapters[0], "--output", "whole", "--json")
        #expect(whole.code == 0, "\(whole.errors)")
        #expect(try #require(whole.json() as? [String: Any])["output"] as? String == "whole")
        let both = try await autolora.run("merge", adapters[0], adapters[1], "--kind", "cat", "--output", "both")
        #expect(both.code == 0 && both.errors.contains("of rank 8, by cat"), "\(both.errors)")
        let small = try await autolora.run("merge", "both", "--rank", "2", "--output", "small")
        #expect(small.code == 0 && small.errors.contains(" % is lost"), "\(small.errors)")
        // What training computed in stays, whichever way two become one, and a card says of what they are.
        let mixed = try await autolora.run("merge", adapters[0], adapters[0], "--output", "mixed", "--model", "model")
        #expect(mixed.code == 0, "\(mixed.errors)")
        let notes = try #require(temporary.read(adapters[0] + "/autolora.json"))
        for name in ["both", "mixed", "small"] { #expect(temporary.read(name + "/autolora.json") == notes, "\(name)") }
        #expect(temporary.read("mixed/README.md")?.contains("- `\(adapters[0])`, weight 1") == true)
        #expect(temporary.read("small/README.md")?.contains("Cut by `autolora merge`: an adapter of rank 2") == true)
        for name in ["mixed", "small", "both"] {
            let card = temporary.read(name + "/README.md") ?? ""
            #expect(card.contains("PeftModel.from_pretrained(model, adapter)") && !card.contains("autolora: {"), "\(card)")
        }
        let cut = try await autolora.run("merge", "out/peft", "--rank", "2", "--output", "cut")
        #expect(cut.code == 0, "\(cut.errors)")
        #expect(
            temporary.read("cut/README.md")?.contains("which is of trial ") == true, "\(temporary.read("cut/README.md") ?? "")")
        #expect(temporary.read("whole/README.md")?.contains("library_name: transformers") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/mixed").contains("whole") == false)
        let more = try await autolora.run("merge", adapters[0], "--rank", "300", "--output", "more")
        #expect(more.code == 0 && more.errors.contains("of rank 4, all that there is for --rank 300"), "\(more.errors)")
        for weights in ["1e300,1e300", "1,-1"] {
            let refused = try await autolora.run(
                "merge", adapters[0], adapters[0], "--weights", weights, "--output", "refused")
            #expect(refused.code == 2 && refused.errors.contains("--weights: the sum"), "\(refused.errors)")
        }
        let nowhere = try await autolora.run("merge", adapters[0], adapters[1], "--output", "/proc/merged")
        #expect(nowhere.code == 2 && nowhere.errors.contains("/proc/merged: "), "\(nowhere.errors)")
        #expect(!nowhere.errors.contains("draft"), "\(nowhere.errors)")
        for name in ["whole", "both", "small"] { #expect(temporary.read(name + ".draft/mine.txt") == "mine") }
        let again = try await autolora.run("merge", adapters[0], "--output", "whole")
        #expect(again.code == 2 && again.errors.contains("exists already"), "\(again.errors)")
        #expect(temporary.read("out/peft/README.md")?.contains("the adapter answers as the trial does") == true)
        let written = try await autolora.run(
            "generate", "--model", "model", "--adapter", "small", "--prompt", "a b", "--max-new-tokens", "3")
        #expect(written.code == 0, "\(written.errors)")
    }

    @Test func `what means nothing together is refused before anything is read`() async throws {
        let cases: [([String], String)] = [
            (["merge", "a", "--output", "b", "--kind", "svd"], "--kind goes with several adapters"),
            (["merge", "a", "c", "--output", "b", "--kind", "cat", "--rank", "4"], "--rank goes with"),
            (["merge", "a", "c", "--output", "b", "--density", "0.3"], "--density goes with --kind ties"),
            (["merge", "a", "c", "--output", "b", "--weights", "1"], "expected 2 numbers"),
            (["export", "served", "--format", "mlx", "--output", "b", "--type", "f16"], "mlx has no types"),
            (["export", "served", "--format", "gguf", "--output", "b", "--type", "q3"], "no type 'q3' (known: base, f32"),
        ]
        for (arguments, words) in cases {
            let refused = try await autolora.wait(for: autolora.start(arguments))
            #expect(refused.code != 0 && refused.errors.contains(words), "\(arguments): \(refused.errors)")
        }
        let missing = try await autolora.run("merge", "nowhere", "--output", "b")
        #expect(missing.code == 2 && missing.errors.contains("nowhere"), "\(missing.errors)")
    }
}
