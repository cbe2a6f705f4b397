import Foundation
import TestSupport
import Testing
import TrainerSettings

/// What trials take of the main memory, and what is said of it before they run.
@Suite(.timeLimit(.minutes(5))) struct MemoryTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        try temporary.addDeepModel()
    }

    private func configure(_ more: String) throws {
        _ = try temporary.write(
            """
            {"model": "deep", "train": "long.jsonl", "validation": "long.jsonl", "max_length": 32, "batch_size": 64, "max_steps": 2,
             "learning_rate": 0.001, "precision": "fp32", "threads": 1\(more)}
            """, to: "config.json")
    }

    private struct Trial {
        let losses: [Double]
        let planned: Double
        let measured: Double
    }

    private func train(_ more: String, _ output: String) async throws -> Trial {
        try configure(more)
        let result = try await autolora.run("train", "config.json", "--output", output)
        #expect(result.code == 0, "\(result.errors)")
        let reports = try result.output.split(separator: "\n").map {
            try JSONDecoder().decode([String: SettingValue].self, from: Data($0.utf8))
        }
        let planned = try #require(result.errors.firstMatch(of: /planned memory: ([0-9.]+) (MB|GB)/))
        let unit = planned.output.2 == "GB" ? 1e9 : 1e6
        return Trial(
            losses: reports.compactMap { $0["loss"]?.number } + reports.compactMap { $0["eval_loss"]?.number },
            planned: try #require(Double(planned.output.1)) * unit,
            measured: try #require(reports.last?["peak_memory_bytes"]?.number))
    }

    @Test func `activations that are computed again take less, as was planned, for the same losses`() async throws {
        let kept = try await train(", \"gradient_checkpointing\": false", "kept")
        let again = try await train(", \"gradient_checkpointing\": true", "again")
        #expect(kept.losses == again.losses && !kept.losses.isEmpty, "\(kept), \(again)")
        #expect(kept.measured - again.measured > 30e6, "\(kept), \(again)")
        // Most of so small a trial is the program, which is larger where it was built for tests.
        for trial in [kept, again] {
            #expect(abs(trial.planned - trial.measured) < 0.1 * trial.measured + 40e6, "\(trial)")
        }
        #expect(abs((kept.planned - again.planned) - (kept.measured - again.measured)) < 15e6, "\(kept), \(again)")
    }

    @Test func `auto computes again where the cap asks for it, and what does not fit even so is refused`() async throws {
        let kept = try await train("", "kept")
        let again = try await train(", \"memory_cap\": \(Int(kept.planned * 0.9))", "again")
        #expect(again.losses == kept.losses && again.planned < kept.planned)
        try configure(", \"gradient_checkpointing\": false, \"memory_cap\": \(Int(kept.planned * 0.9))")
        let refused = try await autolora.run("train", "config.json", "--output", "refused")
        #expect(refused.code == 2 && refused.output.isEmpty)
        for words in ["memory_cap: the trial would take about ", "what would fit: gradient_checkpointing: true (about "] {
            #expect(refused.errors.contains(words), "\(refused.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/refused"))
    }

    private func space(_ cap: String, _ sizes: String = "[1, 64]") throws {
        _ = try temporary.write(
            """
            name: narrow
            metric: {name: eval_loss, goal: minimize}
            method: random
            run_cap: 2
            trainer:
              {model: deep, train: long.jsonl, validation: long.jsonl, max_length: 32, max_steps: 1, gradient_checkpointing: false,
               eval_batch_size: 1, precision: fp32, threads: 1\(cap)}
            parameters:
              batch_size: {values: \(sizes)}
              learning_rate: {min: 0.001, max: 0.01}

            """, to: "space.yaml")
    }

    @Test func `check shows the smallest and the largest, and a study proposes what fits`() async throws {
        try space("")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 0, "\(check.errors)")
        let words =
            /memory            at its peak the smallest configuration takes about ([0-9]+) MB with batch_size 1, the largest about ([0-9]+) MB .* with batch_size 64/
        let found = try #require(check.output.firstMatch(of: words), "\(check.output)")
        let (small, large) = (try #require(Int(found.output.1)), try #require(Int(found.output.2)))
        #expect(large > small + 30)
        let cap = (small + large) / 2
        try space(", memory_cap: \(cap)MB")
        let narrow = try await autolora.run("check", "space.yaml")
        #expect(narrow.code == 0)
        #expect(narrow.errors.contains("warning: batch_size 64 never fits: it takes \(large) MB at least"), "\(narrow.errors)")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        let trials = try #require(try await autolora.run("trials", "narrow", "--json").json() as? [[String: Any]])
        #expect(trials.count == 2)
        #expect(trials.allSatisfy { ($0["parameters"] as? [String: Any])?["batch_size"] as? Int == 1 })
    }

    @Test func `a study of which nothing fits is refused where its cap stands`() async throws {
        try space(", memory_cap: 10MB")
        for command in ["check", "run"] {
            let result = try await autolora.run(command, "space.yaml")
            #expect(result.code == 2)
            #expect(
                result.errors.contains("space.yaml:7:65: memory_cap: of all configurations the smallest is too large"),
                "\(result.errors)")
        }
    }
}
