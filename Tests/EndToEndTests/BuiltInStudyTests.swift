import Foundation
import TestSupport
import Testing

/// Whole studies with the built-in trainer on a tiny random BERT.
@Suite(.timeLimit(.minutes(5))) struct BuiltInStudyTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        _ = try temporary.write(Self.space, to: "space.yaml")
    }

    static let space = """
        name: tiny
        metric: {name: eval_loss, goal: minimize}
        method: tpe
        run_cap: 6
        workers: 2
        seed: 3
        early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 3}
        trainer:
          type: lora
          model: model
          train: train.jsonl
          validation: train.jsonl
          test: train.jsonl
          max_steps: 12
          eval_steps: 4
          batch_size: 8
          max_length: 12
        parameters:
          learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
          r: {values: [2, 4, 8]}
          target_modules: {values: [[query, value], all-linear]}

        """

    /// As many workers as cores, so that each has one thread: sums are bit for bit the same for the same number of threads.
    private let workers = String(ProcessInfo.processInfo.activeProcessorCount)
    private static let oneThread = ["AUTOLORA_THREADS": "1"]

    private func trials(_ study: String) async throws -> [[String: Any]] {
        try #require(try await autolora.run("trials", study, "--json").json() as? [[String: Any]])
    }

    @Test func `a study ends with an adapter, its test result and a configuration that repeats it`() async throws {
        let run = try await autolora.run("run", "space.yaml", "--workers", workers)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("on the test split"))
        // Nothing of what is there while it runs alone.
        let files = try FileManager.default.subpathsOfDirectory(atPath: temporary.path + "/studies/tiny")
        let passing = ["study.sqlite-wal", "study.sqlite-shm", "study.sqlite.new", "output.txt", "processes"]
        #expect(files.filter { file in passing.contains { file.hasSuffix($0) } } == [])
        let best = try #require(try await autolora.run("best", "tiny", "--json").json() as? [String: Any])
        let test = try #require(best["test"] as? [String: Double])
        #expect(Set(test.keys).isSuperset(of: ["test_accuracy", "test_f1", "test_loss", "test_accuracy_se"]))
        #expect(run.output.contains(" ± ") && run.output.contains("\nchosen: the best of "), "\(run.output)")
        #expect(best["standard_error"] as? Double ?? 0 > 0 && best["chosen_from"] as? Int ?? 0 > 1)
        #expect(try await autolora.run("best", "tiny").output.contains("\nchosen    the best of "))
        #expect(try await autolora.run("status", "tiny").output.contains("\nchosen    the best of "))
        let number = try #require(best["trial"] as? Int)
        let confusion = try #require(temporary.read("studies/tiny/trials/\(number)/confusion.json"))
        let told = try #require(try JSONSerialization.jsonObject(with: Data(confusion.utf8)) as? [String: Any])
        let counts = try #require(told["counts"] as? [[Int]])
        #expect(told["step"] as? Int == best["step"] as? Int && (told["labels"] as? [String])?.count == counts.count)
        // It is of the best report: the accuracy follows from it.
        let right = Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(counts.joined().reduce(0, +))
        #expect(abs(right - ((best["metrics"] as? [String: Double])?["eval_accuracy"] ?? 0)) < 1e-12)
        #expect(try await autolora.run("export", "tiny", "--format", "peft", "--output", "adapter").code == 0)
        #expect(temporary.read("adapter/adapter_config.json")?.contains("\"LORA\"") == true)
        #expect(temporary.read("adapter/README.md")?.contains("## What it is worth") == true)

        #expect(try await autolora.run("export", "tiny", "--format", "json", "--output", "best.json").code == 0)
        let again = try await autolora.run(
            "train", "best.json", "--output", "again", environment: Self.oneThread)
        let step = try #require(best["step"] as? Int)
        let line = again.output.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }.first { $0["step"] as? Int == step }
        #expect(line?["eval_loss"] as? Double == best["value"] as? Double)

        #expect(try await autolora.run("export", "tiny", "--format", "yaml", "--output", "best.yaml").code == 0)
        let fromYAML = try await autolora.run(
            "train", "best.yaml", "--output", "third", environment: Self.oneThread)
        #expect(fromYAML.code == 0, "\(fromYAML.errors)")
        #expect(Self.losses(fromYAML.output) == Self.losses(again.output) && !Self.losses(again.output).isEmpty)
        let evaluated = try await autolora.run("evaluate", "best.yaml", "--adapter", "third/adapter")
        #expect(evaluated.code == 0, "\(evaluated.errors)")
    }

    private static func losses(_ output: String) -> [Double?] {
        output.split(separator: "\n").map {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["eval_loss"] as? Double
        }
    }

    @Test func `a promoted trial goes on exactly where it paused`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--quiet", "--workers", workers).code == 0)
        let promoted = try #require(try await trials("tiny").first { ($0["launches"] as? Int ?? 0) > 1 })
        let number = try #require(promoted["number"] as? Int)
        let straight = try await autolora.run(
            "train", "studies/tiny/trials/\(number)/config.json", "--output", "straight", environment: Self.oneThread)
        let losses = straight.output.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["eval_loss"] as? Double
        }
        #expect((promoted["reports"] as? [[String: Any]])?.map { $0["value"] as? Double } == losses)
    }

    @Test func `killed with -9 and resumed, it is the study that an undisturbed run gives`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--study", "calm", "--workers", "1", "--quiet").code == 0)
        let process = try autolora.start(["run", "space.yaml", "--study", "killed", "--workers", "1"])
        for _ in 0..<1000 {
            let status = try await autolora.run("status", "killed", "--json")
            if ((try? status.json() as? [String: Any])?["reports"] as? Int ?? 0) >= 3 { break }
        }
        kill(process.processIdentifier, SIGKILL)
        _ = try await autolora.wait(for: process)
        #expect(try await eventually { CommandTrainerTests.processes(in: temporary.path).isEmpty })
        #expect(try await autolora.run("resume", "killed", "--quiet").code == 0)
        func essence(_ study: String) async throws -> [String] {
            try await trials(study).map { trial in
                let values = (trial["reports"] as? [[String: Any]])?.map { "\($0["value"] ?? "")" } ?? []
                return "\(trial["number"] ?? "") \(trial["state"] ?? "") \(values)"
            }
        }
        #expect(try await essence("killed") == essence("calm"))
    }

    @Test func `check lists the very trials that come first, as a constraint leaves them`() async throws {
        let space =
            Self.space
            + "constraints: {trainable_parameters: {max: 900}}\nenqueue: [{learning_rate: 1e-3}, {learning_rate: 1e-2}]\n"
        _ = try temporary.write(space, to: "space.yaml")
        let check = try await autolora.run("check", "space.yaml").output
        let listed = check.split(separator: "\n").filter { $0.hasPrefix("trial ") && $0.hasSuffix(")") }
        #expect(listed.count >= 2, "\(check)")
        #expect(try await autolora.run("run", "space.yaml", "--workers", "1", "--quiet").code == 0)
        let table = try await autolora.run("trials", "tiny").output.split(separator: "\n")
        for (number, line) in listed.enumerated() {
            let parameters = line.dropFirst("trial 0  ".count).prefix { $0 != "(" }.trimmingCharacters(in: .whitespaces)
            let row = try #require(table.first { $0.drop { $0 == " " }.hasPrefix("\(number) ") })
            #expect(row.hasSuffix(parameters), "\(row) is not \(line)")
        }
    }

    @Test func `configurations that break a constraint are passed over`() async throws {
        let space = Self.space + "constraints: {trainable_parameters: {max: 900}}\n"
        _ = try temporary.write(space, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        let trials = try await trials("tiny")
        #expect(trials.count == 6)
        for trial in trials {
            let reports = try #require(trial["reports"] as? [[String: Any]])
            let counts = reports.compactMap { ($0["metrics"] as? [String: Any])?["trainable_parameters"] as? Double }
            #expect(counts.count == reports.count)
            let details = reports.compactMap { $0["details"] as? [String: String] }
            #expect(details.count == reports.count && details.allSatisfy { Set($0.keys) == ["precision", "kernels"] })
            #expect(counts.allSatisfy { $0 <= 900 })
        }
    }

    /// What to spoil, and the words that the one line must hold.
    @Test(arguments: [
        ("model: model", "model: nowhere", ["space.yaml:10:10", "nowhere"]),
        (
            "[query, value]", "[qwery, value]",
            ["space.yaml:21:29: target module 'qwery'", "attention.self.query", "did you mean 'query'?"]
        ),
        (
            "max_length: 12", "max_length: 12\n  layers_to_transform: last-9",
            ["space.yaml:18:24: layers_to_transform last-9: the model has 3 layers"]
        ),
        ("  train: train.jsonl", "  train: broken.jsonl", ["broken.jsonl:2"]),
        ("  train: train.jsonl", "  train: lacking.jsonl", ["lacking.jsonl:2", "label"]),
        ("  validation: train.jsonl", "  validation: strange.jsonl", ["strange.jsonl:1", "zebra"]),
        ("model: model", "model: truncated", ["truncated/model.safetensors"]),
        ("  max_length: 12\n", "", ["space.yaml: max_length: the default is 128, the model takes at most 16"]),
        ("max_length: 12", "max_length: 17", ["space.yaml:17:15: max_length: found 17, the model takes at most 16"]),
        (
            "  max_length: 12\nparameters:\n", "parameters:\n  max_length: {values: [8, 17]}\n",
            ["space.yaml:18:28: max_length: found 17"]
        ),
        (
            "  max_length: 12\nparameters:\n", "parameters:\n  max_length: {min: 8, max: 32}\n",
            ["space.yaml:18:29: max_length: found 32"]
        ),
        ("r: {values: [2, 4, 8]}", "rank: {values: [2, 4, 8]}", ["space.yaml:20:3", "rank"]),
    ])
    func `bad input is one line, exit code 2, and nothing is written`(good: String, bad: String, words: [String]) async throws {
        let line = #"{"text": "fine", "label": "a"}"# + "\n"
        _ = try temporary.write(line + "{no json\n", to: "broken.jsonl")
        _ = try temporary.write(line + #"{"text": "fine"}"#, to: "lacking.jsonl")
        _ = try temporary.write(#"{"text": "fine", "label": "zebra"}"#, to: "strange.jsonl")
        try FileManager.default.copyItem(atPath: temporary.path + "/model", toPath: temporary.path + "/truncated")
        let weights = temporary.path + "/truncated/model.safetensors"
        let bytes = try Data(contentsOf: URL(filePath: weights))
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: weights))

        #expect(Self.space.contains(good))
        _ = try temporary.write(Self.space.replacingOccurrences(of: good, with: bad), to: "space.yaml")
        let result = try await autolora.run("run", "space.yaml")
        #expect(result.code == 2, "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/studies"))
    }

    @Test func `a confirmed study is measured on the test split by every seed of its choice and of the baseline`() async throws
    {
        let space = Self.space.replacing("run_cap: 6", with: "run_cap: 3") + "confirm: {top: 2, seeds: 2}\n"
        _ = try temporary.write(space, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--workers", workers)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("on the test split, trial") && run.output.contains("on the test split, baseline"))
        let best = try #require(try await autolora.run("best", "tiny", "--json").json() as? [String: Any])
        #expect((best["test"] as? [String: Double])?["test_loss"] != nil)
        let confirmation = try #require(best["confirmation"] as? [String: Any])
        #expect((confirmation["test"] as? [String: Double])?["test_loss"] != nil)
        #expect(((confirmation["baseline"] as? [String: Any])?["test"] as? [String: Double])?["test_loss"] != nil)
        let trials = try await trials("tiny")
        let chosen = try #require(confirmation["trial"] as? Int)
        let measured = trials.filter { $0["test"] != nil }
        #expect(measured.count >= 4 && measured.allSatisfy { $0["confirms"] as? Int == chosen || $0["confirms"] is NSNull })
        // The search's own trials have not seen it.
        #expect(trials.filter { $0["purpose"] as? String == "search" }.allSatisfy { $0["test"] == nil })
        #expect(try await autolora.run("export", "tiny", "--format", "peft", "--output", "adapter").code == 0)
        let verified = try await autolora.run("verify", "tiny", "--replay")
        #expect(verified.code == 0, "\(verified.output)")
    }
}
