import Finetuning
import Foundation
import Tasks
import Testing
import TrainerSettings

@testable import Serving

/// Small models with adapters, and engines on them.
enum ServingFixture {
    static let here = String(#filePath.dropLast("/ServingTests/ServingFixture.swift".count))
    static let writer = here + "/FinetuningTests/Fixtures/causal-lm"
    static let methods = here + "/FinetuningTests/Fixtures/methods/"
    static let classifiers = here + "/FinetuningTests/Fixtures/peft/"

    /// Prompts that the model has an answer to.
    static let prompts: [[Int32]] = {
        struct Generated: Decodable { let prompts: [[Int32]] }
        return (try? JSONInput.read(Generated.self, file: writer + "/generated.json"))?.prompts ?? []
    }()

    static func engine(threads: Int = 1, _ change: (inout ServingLimits) -> Void = { _ in }) throws -> ServingEngine {
        var limits = ServingLimits()
        change(&limits)
        return ServingEngine(try SharedBase(writer, precision: .fp32), name: "base", threads: threads, limits: limits)
    }

    /// What comes of one request.
    static func text(_ stream: AsyncStream<WritingEvent>) async -> (text: String, end: WrittenText.End?, tokens: Int) {
        var (text, end, tokens): (String, WrittenText.End?, Int) = ("", nil, 0)
        for await event in stream {
            switch event {
            case .text(let piece): text += piece
            case .end(let how, let count): (end, tokens) = (how, count)
            }
        }
        return (text, end, tokens)
    }
}

/// A folder of a test's own, gone when nothing holds it any more.
final class ServingFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/serving-\(UInt64.random(in: 0 ... .max))"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    /// A copy of an adapter's folder with some of its configuration changed.
    func adapter(_ source: String, as name: String, _ change: [String: SettingValue] = [:]) throws -> String {
        let target = path + "/" + name
        try FileManager.default.copyItem(atPath: source, toPath: target)
        let file = target + "/adapter_config.json"
        let values = try JSONInput.object(file: file).merging(change) { $1 }
        try JSONWriter.data(SettingValue.object(values), .file).write(to: URL(filePath: file))
        return target
    }

    /// An adapter that was trained for some steps on the model that writes.
    func trained(_ settings: [String: SettingValue]) throws -> String {
        let file = SettingValue.string(ServingFixture.writer + "/completion.jsonl")
        let values: [String: SettingValue] = [
            "task": .string("causal-lm"), "model": .string(ServingFixture.writer), "train": file, "validation": file,
            "r": .int(4),
            "learning_rate": .double(2e-2), "max_steps": .int(6), "eval_steps": .int(6), "threads": .int(1),
            "precision": .string("fp32"), "batch_size": .int(4), "max_length": .int(64),
        ]
        let job = TrainingJob(
            settings: try TrainerSettings(values: values.merging(settings) { $1 }), outputFolder: path + "/trained")
        _ = try TrainingRun(job).run(report: { _ in })
        return path + "/trained/adapter"
    }

    /// The small decoder with a token of a text's end as its padding, and a classifier that was trained on it for some steps.
    func decoderClassifier(padding text: String) throws -> (base: String, adapter: String) {
        let base = path + "/decoder"
        try FileManager.default.copyItem(atPath: ServingFixture.writer, toPath: base)
        let padding = try #require(ModelTokenizer(modelFolder: base).encode(text, maxLength: 64).last)
        let config = try JSONInput.object(file: base + "/config.json").merging(["pad_token_id": .int(Int(padding))]) { $1 }
        try JSONWriter.data(SettingValue.object(config), .file).write(to: URL(filePath: base + "/config.json"))
        let data = path + "/labeled.jsonl"
        let rows = ["a good film", "so long", "great", "bad"].enumerated().map {
            #"{"text": "\#($1)", "label": \#($0 % 2)}"#
        }
        try Data(rows.joined(separator: "\n").utf8).write(to: URL(filePath: data))
        let adapter = try trained([
            "task": .string("sequence-classification"), "model": .string(base), "train": .string(data),
            "validation": .string(data),
        ])
        return (base, adapter)
    }

    /// A folder with the small encoder and its tokenizer.
    func encoder() throws -> String {
        let (target, files) = (path + "/bert", FileManager.default)
        try files.createDirectory(atPath: target, withIntermediateDirectories: true)
        let source = ServingFixture.here + "/BackbonesTests/Fixtures/tiny-bert/"
        for name in ["config.json", "model.safetensors"] {
            try files.copyItem(atPath: source + name, toPath: target + "/" + name)
        }
        try files.copyItem(
            atPath: ServingFixture.here + "/FinetuningTests/Fixtures/golden/vocab.txt", toPath: target + "/vocab.txt")
        return target
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
