import Foundation
import TestSupport
import Testing

/// The cache of a study's trials, among processes: shared, killed, without room, deleted.
@Suite(.timeLimit(.minutes(5))) struct TrainerCacheTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        for name in ["upper", "off"] {
            _ = try temporary.write(
                """
                {"model": "model", "train": "train.jsonl", "validation": "train.jsonl", "max_length": 12, "batch_size": 8,
                 "eval_steps": 4, "max_steps": 24, "learning_rate": 0.01, "threads": 1, "layers_to_transform": "last-1",
                 "precision": "bf16",
                 "prefix_cache": "\(name == "off" ? "off" : "1MiB")"}
                """, to: name + ".json")
        }
    }

    private var cache: [String: String] { ["AUTOLORA_CACHE": temporary.path + "/cache"] }

    private func kinds(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: temporary.path + "/" + folder)) ?? []
        return names.map { String($0.prefix { $0 != "-" }) }.sorted()
    }

    private func losses(_ result: Autolora.Result) -> [Double?] { losses(result.output) }

    private func losses(_ output: String) -> [Double?] {
        output.split(separator: "\n").map {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["eval_loss"] as? Double
        }
    }

    private func expected() async throws -> [Double?] {
        let plain = try await autolora.run("train", "off.json", "--output", "off")
        #expect(plain.code == 0 && losses(plain).count == 6, "\(plain.errors)")
        #expect(kinds("off/cache") == ["tokens", "weights"])
        return losses(plain)
    }

    @Test func `processes that fill one cache at the same time, and one that finds it full, report what one without it does`()
        async throws
    {
        let expected = try await expected()
        let processes = try (0..<3).map {
            try autolora.start(["train", "upper.json", "--output", "out\($0)"], environment: cache)
        }
        for process in processes {
            let result = try await autolora.wait(for: process)
            #expect(result.code == 0 && losses(result) == expected, "\(result.errors)")
        }
        #expect(kinds("cache") == ["lock", "prefix", "tokens", "weights"])
        #expect(losses(try await autolora.run("train", "upper.json", "--output", "last", environment: cache)) == expected)
    }

    @Test func `processes killed at any moment leave nothing that changes a number`() async throws {
        let expected = try await expected()
        for round in 0..<8 {
            let process = try autolora.start(["train", "upper.json", "--output", "killed"], environment: cache)
            try await Task.sleep(for: .milliseconds(15 * round))
            kill(process.processIdentifier, SIGKILL)
            _ = try await autolora.wait(for: process)
        }
        let after = try await autolora.run("train", "upper.json", "--output", "after", environment: cache)
        #expect(after.code == 0 && losses(after) == expected, "\(after.errors)")
    }

    @Test func `where no file may be large enough, the trial says so once and goes on`() async throws {
        let expected = try await expected()
        // In units of 512 bytes or a kilobyte, by the shell: room for the adapter and the checkpoint, not for the rows.
        let binary = TemporaryFolder.autolora
        _ = try temporary.write("ulimit -f 32; exec \(binary) train upper.json --output out\n", to: "limited.sh")
        let process = try ChildProcess(
            ["bash", "limited.sh"], in: temporary.path, adding: cache,
            output: .file(temporary.path + "/printed"), errors: .file(temporary.path + "/said"))
        try await process.end()
        let (printed, said) = (temporary.read("printed") ?? "", temporary.read("said") ?? "")
        #expect(process.code == 0 && losses(printed) == expected, "\(said)")
        // Once for training, once for evaluation: each has a file.
        let lines = said.split(separator: "\n").filter { $0.hasPrefix("prefix_cache: ") }
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("File too large") }, "\(said)")
    }

    @Test func `a study keeps it in its own folder, and does not need it`() async throws {
        _ = try temporary.write(
            """
            name: tiny
            metric: {name: eval_loss, goal: minimize}
            method: random
            run_cap: 3
            workers: 2
            trainer:
              {model: model, train: train.jsonl, validation: train.jsonl, test: train.jsonl, max_steps: 6, eval_steps: 3,
               batch_size: 8, max_length: 12, layers_to_transform: last-2, precision: bf16}
            parameters:
              learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
              prefix_cache: {values: [1MiB, "off"]}
            """, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("on the test split"))
        #expect(kinds("studies/tiny/cache") == ["lock", "prefix", "tokens", "weights"])
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/studies/tiny/trials/0/cache"))
        try FileManager.default.removeItem(atPath: temporary.path + "/studies/tiny/cache")
        let more = try await autolora.run("resume", "tiny", "--trials", "4", "--quiet")
        #expect(more.code == 0, "\(more.errors)")
    }
}
