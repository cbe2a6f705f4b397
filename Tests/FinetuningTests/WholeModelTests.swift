import Backbones
import Checkpoints
import Foundation
import Layers
import Methods
import Tasks
import Testing
import Tokenizers
import TrainerSettings

@testable import Finetuning

/// The folder of a model that was trained whole, where it is read again.
@Suite struct WholeModelTests {
    private let scratch: ScratchFolder
    private var export: String { scratch.path + "/adapter" }

    init() throws { scratch = try ScratchFolder() }

    /// Trained for nothing, from a copy of the small language model.
    private func save(_ head: any TaskHead, without key: String? = nil) throws {
        let source = scratch.path + "/source"
        try FileManager.default.copyItem(atPath: CausalLMModel.fixture, toPath: source)
        var config = try AdapterFiles.json(source + "/config.json")
        if let key { config[key] = nil }
        try AdapterFiles.write(config, to: source + "/config.json")
        let model = try TunedModel(modelFolder: source, method: FullTuning(), head: head, seed: 1)
        try model.saveAdapter(to: export, baseModel: source)
    }

    private func writing(_ model: String?) throws -> WritingModel {
        try WritingModel(model: model, adapter: export, precision: .fp32, threads: 1)
    }

    @Test func `one that is damaged is refused, wherever it is read`() throws {
        try save(CausalLMHead())
        _ = try writing(nil)
        let file = export + "/model.safetensors"
        var bytes = try #require(FileManager.default.contents(atPath: file))
        bytes[bytes.count - 3] ^= 0x41
        try bytes.write(to: URL(filePath: file))
        let damage = CheckpointError(path: file, problem: "is damaged: its checksum is another")
        for isOurs in [true, false] { #expect(throws: damage) { try TrainedAdapter(export).verify(isOurs: isOurs) } }
        #expect(throws: damage) { try writing(nil) }
    }

    @Test func `another model beside it means nothing`() throws {
        try save(CausalLMHead())
        let error = #expect(throws: InputError.self) { try writing(CausalLMModel.fixture) }
        #expect(
            error?.place == "--model" && error?.problem.contains("is a whole model itself; leave one of the two out") == true)
    }

    @Test func `one that classifies writes nothing, named as the adapter or as the model`() throws {
        try save(ClassificationHead(labels: ["a", "b"]))
        let words = "it classifies texts (LlamaForSequenceClassification in its config.json), and writes none"
        for (model, adapter) in [(nil, export), (export, nil)] as [(String?, String?)] {
            #expect(throws: InputError(place: export, problem: words)) {
                try WritingModel(model: model, adapter: adapter, precision: .fp32, threads: 1)
            }
        }
    }

    /// Without it transformers refuses batches, and with another it would pool padding.
    @Test func `a classifier names the token of padding, the tokenizer's where the base names none`() throws {
        try save(ClassificationHead(labels: ["a", "b"]), without: "pad_token_id")
        let special = try ModelTokenizer.tokenizer(of: CausalLMModel.fixture).special
        let padding = Int(try #require(special.pad?.id))
        #expect(special.pad != special.eos)
        #expect(try AdapterFiles.json(export + "/config.json")["pad_token_id"] == .int(padding))
    }

    /// transformers would take the token before it for a text's last: without one it refuses batches.
    @Test func `a classifier whose texts end with the token of padding names none`() throws {
        let source = scratch.path + "/source"
        try FileManager.default.copyItem(atPath: CausalLMModel.fixture, toPath: source)
        let tokenizer = try ModelTokenizer.tokenizer(of: source)
        let padding = try #require(tokenizer.special.pad)
        func saved(ending: Bool) throws -> SettingValue? {
            var file = try AdapterFiles.json(source + "/tokenizer.json")
            let sequence = SettingValue.object(["Sequence": .object(["id": .string("A"), "type_id": .int(0)])])
            let end = SettingValue.object(["SpecialToken": .object(["id": .string(padding.text), "type_id": .int(0)])])
            file["post_processor"] = .object([
                "type": .string("TemplateProcessing"), "single": .array(ending ? [sequence, end] : [sequence]),
                "pair": .array([sequence, .object(["Sequence": .object(["id": .string("B"), "type_id": .int(1)])])]),
                "special_tokens": .object([
                    padding.text: .object([
                        "id": .string(padding.text), "ids": .array([.int(Int(padding.id))]),
                        "tokens": .array([.string(padding.text)]),
                    ])
                ]),
            ])
            try AdapterFiles.write(file, to: source + "/tokenizer.json")
            #expect(try (ModelTokenizer.tokenizer(of: source).encode("a", special: true).last == padding.id) == ending)
            var config = try AdapterFiles.json(source + "/config.json")
            config["pad_token_id"] = nil
            try AdapterFiles.write(config, to: source + "/config.json")
            let model = try TunedModel(
                modelFolder: source, method: FullTuning(), head: ClassificationHead(labels: ["a", "b"]), seed: 1)
            try model.saveAdapter(to: export, baseModel: source)
            return try AdapterFiles.json(export + "/config.json")["pad_token_id"]
        }
        #expect(try saved(ending: true) == nil)
        #expect(try saved(ending: false) == .int(Int(padding.id)))
    }

    /// By pad_token_id, as transformers looks for it, whatever text it is in; among rows before the text there is none.
    @Test func `a decoder's classifier reads the token before padding`() throws {
        let source = scratch.path + "/source"
        try FileManager.default.copyItem(atPath: CausalLMModel.fixture, toPath: source)
        func logits(_ text: [Int32], padding: Int, _ method: any TuningMethod) throws -> [Float] {
            var config = try AdapterFiles.json(source + "/config.json")
            config["pad_token_id"] = .int(padding)
            try AdapterFiles.write(config, to: source + "/config.json")
            let head = ClassificationHead(labels: ["a", "b"])
            let model = try TunedModel(modelFolder: source, method: method, head: head, seed: 1)
            return try model.logits(PackedBatch(sequences: [text, [5, 6]]))
        }
        let lora = LoRAConfiguration(rank: 2, alpha: 4)
        let plain = try logits([7, 8, 9], padding: 4, lora)
        #expect(try difference(logits([7, 8, 9, 3, 3], padding: 3, lora), plain) < 1e-5)
        #expect(try difference(logits([7, 8, 9, 3, 3], padding: 4, lora), plain) > 1e-3)
        var settings = TrainerSettings()
        settings.virtualTokens = 2
        let prompt = PromptTuning(settings)
        #expect(try logits([7, 8, 9, 3], padding: 3, prompt) == logits([7, 8, 9, 3], padding: 4, prompt))
    }

    @Test func `a language model's configuration is let be`() throws {
        try save(CausalLMHead(), without: "pad_token_id")
        #expect(try AdapterFiles.json(export + "/config.json")["pad_token_id"] == nil)
    }
}
