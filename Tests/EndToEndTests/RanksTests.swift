import Foundation
import GRDB
import TestSupport
import Testing

/// `autolora ranks`, and a study that finds ranks, on a tiny random BERT.
@Suite(.timeLimit(.minutes(5))) struct RanksTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: temporary.path + "/" + name) }

    private func train(_ more: String = "", output: String = "out") async throws -> Result {
        _ = try temporary.write(
            """
            {"model": "model", "train": "train.jsonl", "validation": "train.jsonl", "max_length": 12, "target_modules": "all-linear",
             "batch_size": 8, "eval_steps": 4, "max_steps": 8, "learning_rate": 0.01, "r": 4, "threads": 1\(more)}
            """, to: "config.json")
        return try await autolora.run("train", "config.json", "--output", output)
    }

    private typealias Result = Autolora.Result

    private func json(_ result: Result) throws -> [String: Any] { try #require(try result.json() as? [String: Any]) }

    @Test func `an adapter's ranks within a budget, the curve, and the adapter that is cut`() async throws {
        try #require(try await train().code == 0)
        let ranks = ["ranks", "out/adapter", "--budget", "1500"]
        let bare = try await autolora.run("ranks", "out/adapter", "--budget", "1500")
        #expect(bare.code == 0 && bare.output.contains("curve      none: nothing tells which rows it was trained on"))
        let result = try await autolora.run(
            ranks[0], ranks[1], ranks[2], ranks[3], "--config", "config.json", "--output", "cut", "--json")
        #expect(result.code == 0, "\(result.errors)")
        let found = try json(result)
        let count = try #require(found["parameters"] as? Int)
        #expect(count <= 1500 && count > 1300)
        let curve = try #require(found["curve"] as? [[String: Any]])
        #expect(curve.count >= 10 && curve.allSatisfy { $0["eval_loss"] is Double && $0["parameters"] is Int })
        let modules = try #require(found["modules"] as? [[String: Any]])
        #expect(modules.count == 19 && modules.allSatisfy { ($0["rank"] as? Int ?? 9) <= 4 })
        // The curve's point of that budget is what the written adapter gives.
        let point = try #require(curve.first { $0["parameters"] as? Int == count })
        _ = try temporary.write(
            """
            {"model": "model", "train": "train.jsonl", "validation": "train.jsonl", "max_length": 12, "batch_size": 8, "threads": 1,
             "rank_allocation": "probe"}
            """, to: "plain.json")
        let evaluated = try json(
            try await autolora.run("evaluate", "plain.json", "--adapter", "cut", "--split", "validation"))
        let (wanted, given) = (try #require(point["eval_loss"] as? Double), try #require(evaluated["eval_loss"] as? Double))
        #expect(abs(wanted - given) < 1e-5)
        // The card is the cut adapter's own, with the lines that load it, and none of the whole adapter's figures.
        let card = try #require(temporary.read("cut/README.md"))
        #expect(card.contains("Cut by `autolora ranks`: ranks of ") && card.contains("Made of `out/adapter`."), "\(card)")
        #expect(card.contains("PeftModel.from_pretrained(model, adapter)") && card.contains("base_model: "), "\(card)")
        #expect(card.components(separatedBy: "---\n").count == 3 && !card.contains("autolora: {"), "\(card)")
        let again = try await autolora.run("ranks", "out/adapter", "--output", "cut")
        #expect(again.code == 2 && again.errors.contains("is there already"))
        let small = try await autolora.run("ranks", "out/adapter", "--budget", "3")
        #expect(small.code == 2 && small.errors.contains("--budget 3: the smallest adapter"))
        let none = try await autolora.run("ranks", "no/adapter")
        #expect(none.code == 2 && none.errors.contains("has no adapter_config.json"))
        // Training goes on from it by the settings that are printed.
        let settings = try #require(found["settings"] as? [String: Any])
        let text = String(decoding: try JSONSerialization.data(withJSONObject: settings), as: UTF8.self).dropFirst().dropLast()
        _ = try temporary.write(
            """
            {"model": "model", "train": "train.jsonl", "validation": "train.jsonl", "max_length": 12, "batch_size": 8, "threads": 1,
             "max_steps": 2, "init_adapter": "cut", \(text)}
            """, to: "on.json")
        let on = try await autolora.run("train", "on.json", "--output", "on")
        #expect(on.code == 0, "\(on.errors)")
    }

    @Test func `a probe tells ranks before any training`() async throws {
        _ = try await train()
        let result = try await autolora.run("ranks", "config.json", "--probe", "--budget", "1500", "--json")
        #expect(result.code == 0, "\(result.errors)")
        let found = try json(result)
        #expect((found["parameters"] as? Int ?? 0) <= 1500 && (found["layers"] as? [Any])?.count == 3)
        let text = try await autolora.run("ranks", "config.json", "--probe")
        #expect(text.output.contains("share of the squared gradients") && text.output.contains("rank_pattern: {"))
        #expect(try await autolora.run("ranks", "config.json", "--probe", "--output", "x").code == 64)
        for (source, words) in [
            ("config.json", "with --probe it may be a configuration"), ("out", "its adapter is in out/adapter"),
        ] {
            let refused = try await autolora.run("ranks", source)
            #expect(refused.code == 2 && refused.errors.contains(words), "\(refused.errors)")
        }
    }

    @Test(arguments: ["probe", "cut"])
    func `a trial that finds its ranks goes on after an interruption as if there were none`(allocation: String) async throws {
        let more = ", \"rank_allocation\": \"\(allocation)\"" + (allocation == "cut" ? ", \"rank_start\": 8" : "")
        let straight = try await train(more, output: "straight")
        #expect(straight.code == 0 && straight.errors.contains("rank_allocation \(allocation): "), "\(straight.errors)")
        let folder = ["AUTOLORA_TRIAL_DIR": temporary.path + "/trial", "AUTOLORA_CACHE": temporary.path + "/cache"]
        let first = try await autolora.run(
            "train", "config.json", environment: folder.merging(["AUTOLORA_STOP_AFTER": "1"]) { $1 })
        let second = try await autolora.run(
            "train", "config.json",
            environment: folder.merging(["AUTOLORA_RESUME_FROM": temporary.path + "/trial/checkpoint"]) { $1 })
        #expect([first.code, second.code] == [0, 0], "\(first.errors)\(second.errors)")
        #expect(!second.errors.contains("rank_allocation"))
        func losses(_ texts: String...) -> [Substring] {
            texts.flatMap { $0.matches(of: /"eval_loss": ([-0-9.e]+)/).map(\.1) }
        }
        #expect(losses(first.output, second.output) == losses(straight.output) && !losses(straight.output).isEmpty)
        let files = ["straight/ranks.json", "trial/ranks.json"].map { temporary.read($0) }
        #expect(files[0] != nil && files[0] == files[1])
    }

    /// The store is made what an earlier version would have left, which began with a configuration that is refused since.
    @Test func `a study that began with what is refused since is replayed and resumed`() async throws {
        let start = "{rank_allocation: probe, init_lora_weights: true}"
        _ = try temporary.write(
            """
            name: old
            metric: {name: eval_loss, goal: minimize}
            method: random
            run_cap: 3
            seed: 4
            trainer: {model: model, train: train.jsonl, validation: train.jsonl, max_steps: 4, eval_steps: 4, batch_size: 8, max_length: 12}
            parameters:
              rank_allocation: {values: [uniform, probe]}
              init_lora_weights: {values: [true, orthogonal]}
              learning_rate: {distribution: log_uniform_values, min: 1e-3, max: 1e-2}
            enqueue: [\(start)]

            """, to: "space.yaml")
        try #require(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        try await DatabaseQueue(path: temporary.path + "/studies/old/study.sqlite").write { database in
            try database.execute(
                sql: "UPDATE study SET space_file = replace(space_file, ?, ?)",
                arguments: [start, start.replacing("true", with: "orthogonal")])
            try database.execute(
                sql: "UPDATE trial SET assignment = replace(assignment, 'true', '\"orthogonal\"') WHERE number = 0")
        }
        let trials = try #require(try await autolora.run("trials", "old", "--json").json() as? [[String: Any]])
        let first = try #require(trials.first?["parameters"] as? [String: Any])
        #expect(first["rank_allocation"] as? String == "probe" && first["init_lora_weights"] as? String == "orthogonal")
        for trials in ["3", "5"] {
            let resumed = try await autolora.run("resume", "old", "--trials", trials, "--quiet")
            #expect(resumed.code == 0, "\(resumed.errors)")
            let verified = try await autolora.run("verify", "old", "--replay")
            #expect(verified.code == 0 && verified.output.contains("come out the same"), "\(verified.output)")
        }
    }

    @Test func `a study searches allocations within a budget, and is replayed`() async throws {
        _ = try temporary.write(
            """
            name: found
            metric: {name: eval_loss, goal: minimize}
            method: random
            run_cap: 8
            workers: 2
            seed: 3
            rank_search: {budget: 2000, start: 8}
            trainer: {model: model, train: train.jsonl, validation: train.jsonl, test: train.jsonl, max_steps: 8, eval_steps: 4,
                      batch_size: 8, max_length: 12, target_modules: all-linear}
            parameters:
              learning_rate: {distribution: log_uniform_values, min: 1e-3, max: 1e-2}

            """, to: "space.yaml")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 0 && check.output.contains("within 2000 parameters of adapters"), "\(check.errors)")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        let trials = try #require(try await autolora.run("trials", "found", "--json").json() as? [[String: Any]])
        #expect(trials.count == 8)
        var kinds: Set<String> = []
        for trial in trials {
            let parameters = try #require(trial["parameters"] as? [String: Any])
            let kind = try #require(parameters["rank_allocation"] as? String)
            kinds.insert(kind)
            #expect((parameters["rank_start"] as? Int) == (kind == "cut" ? 8 : nil))
            let reports = try #require(trial["reports"] as? [[String: Any]])
            let count = try #require((reports.last?["metrics"] as? [String: Any])?["trainable_parameters"] as? Double)
            // The head has 3 x 33 of them.
            #expect(count <= 2000 + 99 && count > 1000, "\(kind): \(count)")
            let number = try #require(trial["number"] as? Int)
            #expect(exists("studies/found/trials/\(number)/ranks.json") == (kind != "uniform"))
        }
        #expect(kinds == ["uniform", "probe", "cut"])
        // One adapter was trained for all that were cut.
        let cache = try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/studies/found/cache")
        #expect(cache.filter { $0.hasPrefix("start-") && !$0.hasSuffix(".lock") }.count == 1)
        let verified = try await autolora.run("verify", "found", "--replay")
        #expect(verified.code == 0 && verified.output.contains("come out the same"), "\(verified.output)")
        let ranks = try await autolora.run("ranks", "found", "--budget", "1000", "--json")
        #expect(ranks.code == 0, "\(ranks.errors)")
        let found = try json(ranks)
        #expect(found["training_seconds"] is Double && (found["curve"] as? [Any])?.isEmpty == false)
    }
}
