import Foundation
import TestSupport
import Testing

/// Adapters that `autolora train` has made, for the commands that use them: `classifier` on a tiny encoder, `writer` and `judge`, a
/// classifier, on a tiny decoder.
struct UsedAdapters {
    let temporary: TemporaryFolder
    let autolora: Autolora

    init() async throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        let tests = String(#filePath.dropLast("/EndToEndTests/UsedAdapters.swift".count))
        try FileManager.default.copyItem(
            atPath: tests + "/FinetuningTests/Fixtures/causal-lm", toPath: temporary.path + "/decoder")
        try await train("classifier", model: "model", data: "train.jsonl", #""max_length": 12"#)
        try await train("judge", model: "decoder", data: "train.jsonl", #""max_length": 64"#)
        try await train("writer", model: "decoder", data: "decoder/text.jsonl", #""max_length": 64, "task": "causal-lm""#)
    }

    private func train(_ name: String, model: String, data: String, _ more: String) async throws {
        _ = try temporary.write(
            """
            {"model": "\(model)", "train": "\(data)", "validation": "\(data)", "batch_size": 8, "eval_steps": 2, "max_steps": 2,
             "learning_rate": 0.01, "threads": 1, "r": 4, \(more)}
            """, to: name + ".json")
        let trained = try await autolora.run("train", name + ".json", "--output", name)
        try #require(trained.code == 0, "\(trained.errors)")
    }

    /// A command that is fed by a pipe.
    func start(_ arguments: String...) throws -> ChildProcess {
        try ChildProcess(
            [TemporaryFolder.autolora] + arguments, in: temporary.path, input: .pipe,
            output: .file(temporary.path + "/fed.out"), errors: .file(temporary.path + "/fed.err"))
    }

    /// What became of a command that is fed these bytes.
    func run(_ arguments: String..., input: [UInt8]) async throws -> Autolora.Result {
        try Data(input).write(to: URL(filePath: temporary.path + "/input"))
        let name = temporary.path + "/" + UUID().uuidString
        let process = try ChildProcess(
            [TemporaryFolder.autolora] + arguments, in: temporary.path, input: .file(temporary.path + "/input"),
            output: .file(name + ".out"), errors: .file(name + ".err"))
        return try await autolora.wait(for: process)
    }
}
