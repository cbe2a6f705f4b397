import Checkpoints
import Foundation
import Tasks
import Testing
import Tokenizers
import TrainerSettings

@testable import Finetuning

/// What an adapter's own folder tells of its training, away from its trial.
@Suite struct TrainingNotesTests {
    private let tiny: TinyModel
    private var adapter: String { tiny.output + "/adapter" }
    private var notes: String { adapter + "/" + TrainingNotes.file }

    init() throws { tiny = try TinyModel() }

    private func train(_ more: [String: SettingValue] = [:]) throws {
        let usual: [String: SettingValue] = ["max_steps": .int(4), "max_length": .int(7), "precision": .string("auto")]
        _ = try tiny.trainer(tiny.settings(usual.merging(more) { $1 })).run(report: { _ in })
    }

    @Test func `texts are cut and computed as in training`() throws {
        let lines = try String(contentsOfFile: tiny.folder.path + "/train.jsonl", encoding: .utf8)
        let data = try tiny.folder.write(lines.replacing("\"text\"", with: "\"review\""), as: "reviews.jsonl")
        try train(["text_column": .string("review"), "train": .string(data), "validation": .string(data)])
        let settings = try TrainedAdapter(adapter).settings()
        #expect(settings.maxLength == 7 && settings.columns.text == "review" && settings.columns.label == "label")
        #expect([.bf16, .fp32].contains(settings.precision), "what auto came to")
        let texts = ["a long text of many words that goes on and on and on", "a long text of many words"]
        let kept = try TextClassifier(adapter: adapter, model: nil, threads: 1)
        let cut = try TextClassifier(adapter: adapter, model: nil, maxLength: 7, threads: 1)
        #expect(try kept.probabilities(of: texts) == cut.probabilities(of: texts))
        let whole = try TextClassifier(adapter: adapter, model: nil, maxLength: 16, threads: 1)
        #expect(try kept.probabilities(of: texts) != whole.probabilities(of: texts))
    }

    @Test func `a whole model that was trained has them too`() throws {
        try train(["finetuning_type": .string("full"), "r": .null, "lora_dropout": .null, "learning_rate": .double(1e-4)])
        #expect(TrainedAdapter(adapter).isModel)
        #expect(try TrainedAdapter(adapter).settings().maxLength == 7)
        try Data(#"{"max_length": 6, "precision": "bf16"}"#.utf8).write(to: URL(filePath: notes))
        #expect(try TextClassifier(adapter: adapter, model: nil, threads: 1).probabilities(of: ["a text"]).count == 1)
    }

    @Test func `without the file a text is cut where the model ends`() throws {
        try train()
        try FileManager.default.removeItem(atPath: notes)
        let settings = try TrainedAdapter(adapter).settings()
        #expect(settings.maxLength == 16 && settings.precision == .auto)
    }

    @Test func `of several adapters that is kept which all tell alike`() throws {
        func folder(_ name: String, _ notes: String?) throws -> String {
            let path = tiny.folder.path + "/" + name
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            if let notes { try Data(notes.utf8).write(to: URL(filePath: path + "/" + TrainingNotes.file)) }
            return path
        }
        func shared(_ folders: String...) throws -> [String: SettingValue] {
            let target = try folder("made", nil)
            defer { try? FileManager.default.removeItem(atPath: target) }
            for file in try TrainingNotes.files(sharedBy: folders) { try file.write(in: target) }
            return try TrainingNotes(folder: target)?.values ?? [:]
        }
        let one = try folder("one", #"{"max_length": 7, "precision": "bf16", "chat_template": "chatml"}"#)
        let other = try folder("other", #"{"max_length": 7, "precision": "fp32"}"#)
        let silent = try folder("silent", nil)
        #expect(try shared(one, other) == ["max_length": .int(7)])
        #expect(try shared(one, one).count == 3)
        #expect(try shared(one, silent).isEmpty && shared(silent, one).isEmpty)
    }

    @Test(arguments: ["{", "[1]", #"{"max_length": "long"}"#, #"{"precision": "fp99"}"#])
    func `a damaged file is told, with its place`(text: String) throws {
        try train()
        try Data(text.utf8).write(to: URL(filePath: notes))
        let error = #expect(throws: (any Error).self) { try TrainedAdapter(adapter).settings() }
        #expect(error.map { "\($0)" }?.contains(TrainingNotes.file) == true, "\(String(describing: error))")
    }

    @Test func `what a later version keeps besides is passed over, and weights of a folder are no blocks`() throws {
        try train()
        try Data(#"{"max_length": 5, "precision": "quantized", "later": {"a": 1}}"#.utf8).write(to: URL(filePath: notes))
        let settings = try TrainedAdapter(adapter).settings()
        #expect(settings.maxLength == 5 && settings.precision == .auto)
    }

    @Test func `conversations are held by the template that was trained with`() throws {
        let folder = try ScratchFolder()
        try FileManager.default.copyItem(atPath: CausalLMModel.fixture + "/adapter", toPath: folder.path + "/adapter")
        func told(_ name: String? = nil) throws -> String {
            let model = try WritingModel(
                model: CausalLMModel.fixture, adapter: folder.path + "/adapter", precision: .fp32, threads: 1)
            let chat = Conversation([(role: "user", content: "a film")])
            return try model.chatTemplate(named: name).render(chat, generationPrompt: true).text
        }
        let (own, other) = (try told(), try told("gemma"))
        #expect(own != other)
        try folder.write(#"{"chat_template": "gemma"}"#, as: "adapter/" + TrainingNotes.file)
        #expect(try told() == other)
    }
}
