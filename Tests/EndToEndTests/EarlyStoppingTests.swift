import Foundation
import TestSupport
import Testing

/// Trials that stop themselves, in studies with and without rungs.
@Suite(.timeLimit(.minutes(5))) struct EarlyStoppingTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
    }

    /// No gain is large enough: a trial ends after its third report.
    private func space(_ top: String) -> String {
        """
        name: early
        metric: {name: eval_loss, goal: minimize}
        method: random
        run_cap: 4
        seed: 3
        \(top)
        trainer:
          model: model
          train: train.jsonl
          validation: train.jsonl
          max_steps: 40
          eval_steps: 2
          batch_size: 8
          max_length: 12
          early_stopping_patience: 2
          early_stopping_threshold: 1000
        parameters:
          learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
          lr_scheduler_type: {values: [cosine_with_restarts, polynomial, inverse_sqrt]}
          num_cycles: {values: [1, 2], when: {lr_scheduler_type: cosine_with_restarts}}
          class_weights: {values: [none, balanced]}

        """
    }

    private func trials() async throws -> [[String: Any]] {
        try #require(try await autolora.run("trials", "early", "--json").json() as? [[String: Any]])
    }

    private func reports(_ trial: [String: Any]) -> [Double] {
        (trial["reports"] as? [[String: Any]] ?? []).compactMap { $0["value"] as? Double }
    }

    @Test(arguments: ["", "early_terminate: {type: asha, eta: 2, min_iter: 3, max_iter: 20}"])
    func `a trial that stopped itself is complete with its best report, at a rung too`(top: String) async throws {
        _ = try temporary.write(space(top), to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        for trial in try await trials() {
            #expect(trial["state"] as? String == "complete" && trial["launches"] as? Int == 1)
            let values = reports(trial)
            #expect(values.count == 3 && trial["value"] as? Double == values.min())
        }
        let verified = try await autolora.run("verify", "early", "--replay")
        #expect(verified.code == 0, "\(verified.output) \(verified.errors)")
    }

    @Test func `confirmations stop themselves too, and are compared`() async throws {
        _ = try temporary.write(space("confirm: {top: 2, seeds: 3}"), to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
        let best = try #require(try await autolora.run("best", "early", "--json").json() as? [String: Any])
        #expect(best["confirmation"] != nil, "\(best)")
        let log = try await autolora.run("log", "early", "0")
        #expect(log.output.contains("eval_loss got no better (early_stopping_patience 2)"), "\(log.output)")
    }

    @Test func `by hand it says why it ended, and leaves the adapter and its test`() async throws {
        _ = try temporary.write(
            """
            {"model": "model", "train": "train.jsonl", "validation": "train.jsonl", "test": "train.jsonl", "max_steps": 40,
             "eval_steps": 2, "batch_size": 8, "max_length": 12, "early_stopping_patience": 2, "early_stopping_threshold": 1000}
            """, to: "one.json")
        let run = try await autolora.run("train", "one.json", "--output", "out")
        #expect(run.code == 0 && run.output.contains(#""stopped_early": 1"#))
        #expect(
            run.errors.contains("ended at step 6 of 40: eval_accuracy got no better (early_stopping_patience 2)"),
            "\(run.errors)")
        #expect(temporary.read("out/test.json")?.contains("test_accuracy") == true)
        let again = try await autolora.run("train", "one.json", "--output", "out", "--resume", "out/checkpoint")
        #expect(again.code == 0 && again.output.isEmpty && again.errors.contains("ended at step 6 of 40"))
    }

    @Test(arguments: [
        ("class_weights: {spam: 2}", "9:18: class_weights: no row to train on is labeled 'spam'"),
        ("lr_scheduler_type: cosine_with_min_lr", "min_lr_rate: missing"), ("num_cycles: 2", "is for lr_scheduler_type cosine"),
        ("warmup_steps: 3\n  warmup_ratio: 0.1", "warmup_steps: given together with warmup_ratio"),
    ])
    func `check refuses what no trial could use`(line: String, words: String) async throws {
        _ = try temporary.write(
            """
            metric: {name: eval_loss, goal: minimize}
            trainer:
              model: model
              train: train.jsonl
              validation: train.jsonl
              max_length: 12
              max_steps: 8
              eval_steps: 2
              \(line)
            parameters: {r: {values: [2, 4]}}

            """, to: "space.yaml")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 2 && check.errors.contains(words), "\(check.errors)")
    }
}
