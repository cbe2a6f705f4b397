import FoundationEssentials
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct BadInputTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    private func problem(_ more: [String: SettingValue], output: String? = nil, metric: MetricGoal? = nil) throws -> String {
        let settings = try model.settings(more)
        let error = try #require(throws: (any Error).self) { try model.trainer(settings, output: output, metric: metric) }
        #expect(!model.folder.exists("out"))
        return "\(error)"
    }

    @Test func `a model folder that is not there is named`() throws {
        #expect(try problem(["model": .string("/nowhere")]) == "/nowhere: there is no such folder")
    }

    @Test func `a truncated model is named`() throws {
        let whole = try #require(model.folder.contents("model.safetensors"))
        try whole.prefix(1000).write(to: URL(filePath: model.folder.path + "/model.safetensors"))
        #expect(try problem([:]).contains("model.safetensors: "))
    }

    @Test func `a target that matches nothing is named`() throws {
        #expect(try problem(["target_modules": .array([.string("q_proj")])]).contains("q_proj"))
    }

    @Test func `texts longer than the model takes are refused before training`() throws {
        #expect(try problem(["max_length": .int(64)]) == "max_length: found 64, the model takes at most 16")
    }

    @Test func `a vocabulary larger than the model's is refused`() throws {
        let words = String(decoding: model.folder.contents("vocab.txt") ?? Data(), as: UTF8.self)
        try model.folder.write(words + "extra\n", as: "vocab.txt")
        try model.folder.write("{\"text\": \"extra\", \"label\": \"good\"}\n", as: "valid.jsonl")
        let problem = try problem(["validation": .string(model.folder.path + "/valid.jsonl")])
        #expect(problem.contains(": its tokenizer gives ids up to 40, and the model has 40 embeddings"), "\(problem)")
    }

    @Test func `a validation label that training never shows is named with its line`() throws {
        try model.folder.write(
            "{\"text\": \"a\", \"label\": \"good\"}\n{\"text\": \"a\", \"label\": \"ugly\"}\n", as: "valid.jsonl")
        let problem = try problem(["validation": .string(model.folder.path + "/valid.jsonl")])
        #expect(
            problem.contains(
                "valid.jsonl:2: label 'ugly' does not occur in \(model.folder.path)/train.jsonl (known: bad, good, odd)"))
    }

    @Test func `a metric that is never reported is refused with those that are`() throws {
        let problem = try problem([:], metric: MetricGoal(name: "accuracy", greaterIsBetter: true))
        #expect(problem.contains("'accuracy'") && problem.contains("eval_accuracy, eval_f1, eval_loss, loss"))
    }

    @Test func `an output below a file is refused`() throws {
        let file = model.folder.path + "/train.jsonl"
        #expect(try problem([:], output: file + "/out") == "\(file): is a file where a folder is wanted")
    }

    @Test func `a folder that can be made is fine`() throws {
        try checkWritable(model.folder.path + "/a/b/c")
        #expect(!model.folder.exists("a"))
    }
}
