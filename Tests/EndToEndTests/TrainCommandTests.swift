import Foundation
import TestSupport
import Testing
import TrainerSettings

/// `autolora train`, by hand and as a trial is run, on a tiny random BERT.
@Suite(.timeLimit(.minutes(5))) struct TrainCommandTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
    }

    /// Each figure and its standard error.
    private static let testFigures = [
        "test_accuracy", "test_accuracy_se", "test_f1", "test_f1_se", "test_loss", "test_loss_se",
    ]

    private func configuration(steps: Int = 8, _ more: String = "") throws {
        _ = try temporary.write(
            """
            {"model": "model", "train": "train.jsonl", "validation": "train.jsonl", "test": "train.jsonl", "max_length": 12,
             "batch_size": 8, "eval_steps": 4, "max_steps": \(steps), "learning_rate": 0.01, "threads": 1\(more)}
            """, to: "config.json")
    }

    private func reports(_ output: String) throws -> [[String: Double]] {
        try output.split(separator: "\n").map { line in
            let fields = try JSONDecoder().decode([String: SettingValue].self, from: Data(line.utf8))
            return fields.compactMapValues(\.number)
        }
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: temporary.path + "/" + name) }

    @Test func `it prints a report at each evaluation and leaves an adapter and a checkpoint`() async throws {
        try configuration()
        let result = try await autolora.run("train", "config.json", "--output", "out")
        #expect(result.code == 0, "\(result.errors)")
        #expect(try reports(result.output).map { $0["step"] } == [4, 8])
        #expect(result.output.contains("\"kernels\": \"") && result.errors.contains(", kernels "))
        #expect(
            try reports(result.output).allSatisfy { ($0["eval_accuracy"] ?? -1) >= 0 && ($0["tokens_per_second"] ?? 0) > 0 })
        #expect(exists("out/adapter/adapter_model.safetensors") && exists("out/checkpoint/state.safetensors"))
    }

    @Test func `as a trial it takes folder, checkpoint and end from its environment`() async throws {
        try configuration(steps: 12)
        let folder = ["AUTOLORA_TRIAL_DIR": temporary.path + "/trial"]
        let straight = try await autolora.run("train", "config.json", "--output", "straight")
        let first = try await autolora.run(
            "train", "config.json", environment: folder.merging(["AUTOLORA_STOP_AFTER": "1"]) { $1 })
        let second = try await autolora.run(
            "train", "config.json",
            environment: folder.merging(["AUTOLORA_RESUME_FROM": temporary.path + "/trial/checkpoint"]) { $1 })
        #expect([straight.code, first.code, second.code] == [0, 0, 0], "\(first.errors)\(second.errors)")
        let parts = try reports(first.output) + reports(second.output)
        #expect(try parts.map { $0["eval_loss"] } == reports(straight.output).map { $0["eval_loss"] })
        #expect(parts.map { $0["step"] } == [4, 8, 12])
    }

    @Test func `a report that nobody read is made again from the checkpoint`() async throws {
        try configuration(steps: 12)
        let folder = ["AUTOLORA_TRIAL_DIR": temporary.path + "/trial"]
        let first = try await autolora.run(
            "train", "config.json", environment: folder.merging(["AUTOLORA_STOP_AFTER": "2"]) { $1 })
        let resumed = folder.merging([
            "AUTOLORA_RESUME_FROM": temporary.path + "/trial/checkpoint", "AUTOLORA_REPORTS": "1", "AUTOLORA_STOP_AFTER": "2",
        ]) { $1 }
        let second = try await autolora.run("train", "config.json", environment: resumed)
        #expect(second.output == first.output.split(separator: "\n").last.map { $0 + "\n" })
        let third = try await autolora.run(
            "train", "config.json", environment: resumed.merging(["AUTOLORA_REPORTS": "2"]) { $1 })
        #expect(third.output.isEmpty)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal leaves a checkpoint and the command that goes on from it`(signal: Int32) async throws {
        try configuration(steps: 1_000_000)
        let process = try autolora.start(["train", "config.json", "--output", "out"])
        while !exists("out/checkpoint/state.safetensors"), process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        kill(process.processIdentifier, signal)
        let result = try await autolora.wait(for: process)
        #expect(result.code == 128 + signal)
        #expect(result.errors.contains("autolora train config.json --output out --resume out/checkpoint"), "\(result.errors)")
        let again = try await autolora.run(
            "train", "config.json", "--output", "out", "--resume", "out/checkpoint", environment: ["AUTOLORA_STOP_AFTER": "1"])
        #expect(again.code == 0)
    }

    @Test func `an adapter is evaluated on the test split in one line`() async throws {
        try configuration()
        _ = try await autolora.run("train", "config.json", "--output", "out")
        let result = try await autolora.run("evaluate", "config.json", "--adapter", "out/adapter")
        #expect(result.code == 0, "\(result.errors)")
        #expect(try reports(result.output).map { $0.keys.sorted() } == [Self.testFigures])
        let missing = try await autolora.run("evaluate", "config.json", "--adapter", "nowhere")
        #expect(missing.code == 2 && missing.errors.contains("nowhere/adapter_config.json"))
    }

    @Test func `without an output folder there is a default one, and the test split is measured at the end`() async throws {
        try configuration(steps: 4)
        let result = try await autolora.run("train", "config.json")
        #expect(result.code == 0, "\(result.errors)")
        #expect(exists("config-trained/adapter/adapter_model.safetensors"))
        let test = try #require(temporary.read("config-trained/test.json"))
        #expect(try reports(test).map { $0.keys.sorted() } == [Self.testFigures])
        #expect(result.errors.contains("on the test split (config-trained/test.json): {\"test_loss\": "))
        let again = try await autolora.run("train", "config.json")
        #expect(again.code == 2 && again.errors.contains("config-trained: is there already"), "\(again.errors)")
        #expect(try await autolora.run("train", "config.json", "--resume", "config-trained/checkpoint").code == 0)
    }

    @Test(arguments: ["settings", "settings.txt", "settings.json"])
    func `JSON and YAML are read whatever the file is called`(name: String) async throws {
        let yaml = """
            model: model
            train: train.jsonl
            validation: train.jsonl
            max_length: 12
            batch_size: 8
            max_steps: 1
            threads: 1
            """
        let json = #"{"model": "model", "train": "train.jsonl", "validation": "train.jsonl", "max_length": 12, "max_steps": 1}"#
        for (number, text) in [yaml, json].enumerated() {
            _ = try temporary.write(text, to: name)
            let result = try await autolora.run("train", name, "--output", "out\(number)")
            #expect(result.code == 0, "\(result.errors)")
        }
        _ = try temporary.write("{\"model\": ", to: name)
        let broken = try await autolora.run("train", name, "--output", "out")
        #expect(
            broken.code == 2 && broken.errors.contains("\(name):1:") && broken.errors.contains("in JSON"), "\(broken.errors)")
    }

    @Test(arguments: [
        (", \"rr\": 1", [], "config.json: rr: unknown setting"),
        (", \"target_modules\": [\"q_proj\"]", ["--output", "out"], "q_proj"),
        (", \"metric_for_best_model\": \"bleu\"", ["--output", "out"], "bleu"),
        ("", ["--output", "out", "--resume", "nowhere"], "nowhere/state.safetensors: no such file"),
        ("", ["--output", "train.jsonl/out"], "train.jsonl: is a file where a folder is wanted"),
    ])
    func `bad input is one line with exit code 2 and nothing written`(more: String, options: [String], words: String)
        async throws
    {
        try configuration(more)
        let result = try await autolora.wait(for: autolora.start(["train", "config.json"] + options))
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.split(separator: "\n").count == 1 && result.errors.contains(words), "\(result.errors)")
        #expect(!exists("out"))
    }

    @Test(arguments: [
        ("model: model\n", "bad.yml: train: missing"), ("model: [\n", "bad.yml:2:1: not YAML"),
        ("- 1\n", "bad.yml: is no YAML mapping"),
    ])
    func `a bad YAML file is one line with exit code 2`(text: String, words: String) async throws {
        _ = try temporary.write(text, to: "bad.yml")
        let result = try await autolora.run("train", "bad.yml", "--output", "out")
        #expect(result.code == 2)
        #expect(result.errors.split(separator: "\n").count == 1 && result.errors.contains(words), "\(result.errors)")
        #expect(!exists("out"))
    }

    private func configuration(_ more: String) throws { try configuration(steps: 8, more) }
}
