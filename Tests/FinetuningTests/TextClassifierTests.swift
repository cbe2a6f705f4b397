import Foundation
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct TextClassifierTests {
    private let tiny: TinyModel
    private let adapter: String

    init() throws {
        tiny = try TinyModel()
        _ = try tiny.trainer(tiny.settings()).run(report: { _ in })
        adapter = tiny.output + "/adapter"
    }

    @Test(arguments: [1, 2])
    func `labels and probabilities are those of an evaluation`(threads: Int) throws {
        let evaluation = try AdapterEvaluation(tiny.settings(), adapterFolder: adapter, split: .validation)
        let classifier = try TextClassifier(
            adapter: adapter, model: tiny.folder.path, precision: .fp32, maxLength: 12, threads: threads)
        let texts = try TextRows.read(tiny.folder.path + "/train.jsonl", DataColumns())
        let found = try classifier.probabilities(of: texts)
        let count = evaluation.outputCount
        try #require(texts.count * count == evaluation.outputs.count && classifier.labels == evaluation.labels)
        for (row, probabilities) in found.enumerated() {
            let wanted = Softmax.probabilities(evaluation.outputs[row * count..<(row + 1) * count])
            #expect(zip(probabilities, wanted).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        #expect(try classifier.probabilities(of: []) == [])
    }

    @Test func `without the file of labels classes are called by their numbers`() throws {
        try FileManager.default.removeItem(atPath: adapter + "/labels.json")
        let classifier = try TextClassifier(adapter: adapter, model: tiny.folder.path, threads: 1)
        #expect(classifier.labels == classifier.labels.indices.map { String($0) })
    }

    @Test func `what classifies nothing, is cut too late or lacks its model is refused with the reason`() throws {
        func words(_ adapter: String, model: String? = nil, maxLength: Int? = nil) -> String {
            let error = #expect(throws: (any Error).self) {
                try TextClassifier(adapter: adapter, model: model, maxLength: maxLength, threads: 1)
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(words(CausalLMModel.fixture + "/adapter", model: CausalLMModel.fixture).contains("has no classifier's head"))
        #expect(words(adapter, model: tiny.folder.path, maxLength: 100_000).contains("--max-length: found 100000"))
        let alone = tiny.folder.path + "/alone/adapter"
        try FileManager.default.createDirectory(atPath: tiny.folder.path + "/alone", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: adapter, toPath: alone)
        try FileManager.default.removeItem(atPath: tiny.folder.path + "/model.safetensors")
        #expect(words(alone).contains("safetensors"))
    }

    @Test func `an evaluation's report has each class, the matrix, latencies and memory`() throws {
        let evaluation = try AdapterEvaluation(tiny.settings(), adapterFolder: adapter, split: .validation, timed: 5)
        let report = EvaluationReport(evaluation)
        let json = Dictionary(report.json.map { ($0.key, $0.value) }) { first, _ in first }
        #expect(json["eval_accuracy"] == evaluation.metrics.value(of: "eval_accuracy").map(SettingValue.double))
        guard case .array(let rows)? = json["confusion"], case .array(let classes)? = json["classes"] else {
            Issue.record("no matrix")
            return
        }
        #expect(rows.count == evaluation.outputCount && classes.count == rows.count)
        let total = rows.reduce(0) { sum, row in
            if case .array(let cells) = row { sum + cells.reduce(0) { $0 + ($1.integer ?? 0) } } else { sum }
        }
        #expect(total == evaluation.classes.count && total > 0)
        #expect(report.latencies.map(\.percent) == [50, 90, 99] && report.latencies.allSatisfy { $0.milliseconds > 0 })
        #expect((json["peak_memory_bytes"]?.integer ?? 0) > 1 << 20)
        #expect(report.lines.contains { $0.hasPrefix("class") } && report.lines.contains { $0.hasPrefix("accuracy: ") })
    }

    @Test func `an adapter's settings are the trial's beside it, and another file's rows replace its data`() throws {
        let trained = TrainedAdapter(adapter)
        let plain = try trained.settings(model: tiny.folder.path, data: tiny.folder.path + "/train.jsonl")
        #expect(plain.maxLength == 12 && plain.precision == .fp32)
        let config: [String: SettingValue] = [
            "model": .string(tiny.folder.path), "train": .string("a.jsonl"), "validation": .string("b.jsonl"),
            "max_length": .int(7),
            "text_column": .string("review"),
        ]
        try JSONWriter.data(SettingValue.object(config), .file).write(to: URL(filePath: tiny.output + "/config.json"))
        let settings = try trained.settings(data: "other.jsonl")
        #expect(settings.maxLength == 7 && settings.columns.text == "review")
        #expect(settings.validation == "other.jsonl" && settings.test == "other.jsonl")
    }
}
