import Foundation
import TestSupport
import Testing

/// Model folders as users have them: what `check` and `run` refuse before anything is launched, and what they take.
@Suite(.timeLimit(.minutes(5))) struct ModelFolderTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora
    private let model: String

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        model = temporary.path + "/model"
        try write()
    }

    private func write(trainer: String = "", parameters: String = "learning_rate: {values: [1e-3]}") throws {
        _ = try temporary.write(
            """
            name: folder
            metric: {name: eval_accuracy, goal: maximize}
            run_cap: 1
            trainer: {model: model, train: train.jsonl, validation: train.jsonl, max_steps: 2, batch_size: 8, max_length: 12, \
            precision: fp32\(trainer)}
            parameters: {\(parameters)}
            """, to: "space.yaml")
    }

    private func change(_ file: String, _ change: (inout [String: Any]) -> Void) throws {
        let url = URL(filePath: model + "/" + file)
        let data = try? Data(contentsOf: url)
        var values = try data.map { try JSONSerialization.jsonObject(with: $0) as? [String: Any] ?? [:] } ?? [:]
        change(&values)
        try JSONSerialization.data(withJSONObject: values).write(to: url)
    }

    /// Both commands refuse with the same words, and nothing is written.
    private func refused(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for command in ["check", "run"] {
            let result = try await autolora.run(command, "space.yaml")
            #expect(result.code == 2, "\(command): \(result.output)", sourceLocation: sourceLocation)
            #expect(result.output.isEmpty, sourceLocation: sourceLocation)
            for word in words {
                #expect(result.errors.contains(word), "\(command): \(result.errors)", sourceLocation: sourceLocation)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/studies"), sourceLocation: sourceLocation)
    }

    @Test func `check says what it read`() async throws {
        let result = try await autolora.run("check", "space.yaml")
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains("model             bert of 3 layers, hidden size 32, "), "\(result.output)")
        #expect(result.output.contains(" parameters in model.safetensors\n"), "\(result.output)")
        #expect(result.output.contains("tokenizer         WordPiece of vocab.txt, "), "\(result.output)")
        let count = try tokenCount()
        try change("added_tokens.json") { $0["[DRUG]"] = count }
        try await refused(
            "its tokenizer gives ids up to \(count), and the model has \(count) embeddings", "resize_token_embeddings")
    }

    private func tokenCount() throws -> Int {
        let config = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: model + "/config.json"))) as? [String: Any])
        let rows = try #require(config["vocab_size"] as? Int)
        let lines = try #require(temporary.read("model/vocab.txt")).split(separator: "\n").count
        // As many lines as rows, so that one more token is one too many.
        let more = (lines..<rows).map { "[more\($0)]\n" }.joined()
        _ = try temporary.write((temporary.read("model/vocab.txt") ?? "") + more, to: "model/vocab.txt")
        return rows
    }

    @Test(arguments: ["deberta-v2", "camembert", "mpnet", "modernbert", "albert", "gemma4_text"])
    func `another architecture is refused with what is supported`(name: String) async throws {
        try change("config.json") { $0["model_type"] = name }
        try await refused(
            "model/config.json: unsupported architecture '\(name)' (supported: bert, roberta, xlm-roberta, distilbert, electra, llama, mistral, qwen2, qwen3, smollm3, gemma, gemma2, gemma3_text, phi3)"
        )
    }

    @Test func `what is no model folder is refused`() async throws {
        try FileManager.default.removeItem(atPath: model + "/config.json")
        try await refused("model/config.json: there is no such file; a Hugging Face model folder has a config.json")
        try FileManager.default.removeItem(atPath: model)
        _ = try temporary.write("a file", to: "model")
        try await refused("/model: is a file, expected a Hugging Face model folder")
    }

    @Test func `weights that cannot be used are refused with the way out`() async throws {
        try FileManager.default.moveItem(atPath: model + "/model.safetensors", toPath: model + "/pytorch_model.bin")
        try await refused("but pytorch_model.bin; to convert it: python3 -c", "save_pretrained")
        try FileManager.default.removeItem(atPath: model + "/pytorch_model.bin")
        try change("model.safetensors.index.json") { $0["weight_map"] = ["a": "model-00001-of-00002.safetensors"] }
        try await refused("model-00001-of-00002.safetensors: there is no such file, and model.safetensors.index.json names it")
    }

    @Test func `a tokenizer that is not there or not supported is refused`() async throws {
        try FileManager.default.removeItem(atPath: model + "/vocab.txt")
        try await refused("/model: has neither tokenizer.json nor vocab.txt for its tokenizer")
        _ = try temporary.write(#"{"model": {"type": "WordLevel"}, "normalizer": {"type": "NFC"}}"#, to: "model/tokenizer.json")
        try await refused("tokenizer.json: the model 'WordLevel' is not supported (supported: WordPiece, BPE, Unigram)")
    }

    @Test func `data without two labels are refused`() async throws {
        _ = try temporary.write(String(repeating: #"{"text": "a", "label": "x"}"# + "\n", count: 20), to: "train.jsonl")
        try await refused("train.jsonl: ", "'x'")
    }

    @Test func `target modules that match nothing are refused with those that there are, for each choice`() async throws {
        try write(trainer: ", target_modules: [q_lin, v_lin]")
        try await refused("target module 'q_lin' matches nothing", "modules: attention.self.query, attention.self.key")
        try write(parameters: "target_modules: {values: [[query], [q_lin]]}")
        try await refused("space.yaml:5:", "target module 'q_lin' matches nothing", "attention.self.query")
    }

    @Test func `every model that is searched is read`() async throws {
        try FileManager.default.copyItem(atPath: model, toPath: temporary.path + "/other")
        try write(parameters: "model: {values: [model, other]}")
        #expect(try await autolora.run("check", "space.yaml").code == 0)
        try FileManager.default.removeItem(atPath: temporary.path + "/other/vocab.txt")
        try await refused("/other: has neither tokenizer.json nor vocab.txt")
    }

    @Test func `a pipe where a file is expected is refused and not waited for`() async throws {
        for name in ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"] {
            #expect(mkfifo(model + "/" + name, 0o600) == 0)
            try await refused("model/\(name): is a named pipe, not a regular file")
            try FileManager.default.removeItem(atPath: model + "/" + name)
        }
    }

    /// The tiny model's safetensors, apart.
    private struct Tensors {
        var header: [String: Any]
        var data: Data

        init(_ path: String) throws {
            let file = try Data(contentsOf: URL(filePath: path))
            let size = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
            header = try JSONSerialization.jsonObject(with: file[8..<8 + size]) as? [String: Any] ?? [:]
            data = Data(file[(8 + size)...])
        }

        func write(_ path: String) throws {
            let text = try JSONSerialization.data(withJSONObject: header)
            let count = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
            try (count + text + data).write(to: URL(filePath: path))
        }
    }

    private func losses() async throws -> [String] {
        _ = try temporary.write(
            """
            {"model": "model", "train": "train.jsonl", "validation": "train.jsonl", "max_steps": 4, "eval_steps": 2, "batch_size": 8,
             "max_length": 12, "precision": "fp32", "learning_rate": 0.01, "threads": 1}
            """, to: "config.json")
        let result = try await autolora.run("train", "config.json", "--output", "out-\(UUID().uuidString)")
        #expect(result.code == 0, "\(result.errors)")
        return result.output.matches(of: /"(eval_loss|loss)": [-0-9.e]+/).map { String($0.0) }
    }

    @Test func `the same weights in other forms give the same losses`() async throws {
        let plain = try await losses()
        #expect(plain.count >= 2)
        let path = model + "/model.safetensors"
        let whole = try Tensors(path)

        var renamed = whole
        renamed.header = Dictionary(
            uniqueKeysWithValues: whole.header.map { ($0 == "__metadata__" ? $0 : "0.auto_model." + $0, $1) })
        let end = renamed.data.count
        renamed.header["unrelated"] = ["dtype": "F8_E4M3", "shape": [4], "data_offsets": [end, end + 4]]
        renamed.data += Data(count: 4)
        try renamed.write(path)
        #expect(try await losses() == plain)

        var map: [String: String] = [:]
        for part in 0..<2 {
            var shard = whole
            let names = whole.header.keys.filter { $0 != "__metadata__" }.sorted().enumerated().filter { $0.offset % 2 == part }
            shard.header = whole.header.filter { entry in names.contains { $0.element == entry.key } }
            for name in names { map[name.element] = "model-0000\(part + 1)-of-00002.safetensors" }
            try shard.write(model + "/model-0000\(part + 1)-of-00002.safetensors")
        }
        try FileManager.default.removeItem(atPath: path)
        try change("model.safetensors.index.json") { $0["weight_map"] = map }
        #expect(try await losses() == plain)
    }

    @Test func `a tokenizer.json gives the losses of the vocab.txt that it was made from`() async throws {
        let plain = try await losses()
        let lines = try #require(temporary.read("model/vocab.txt")).split(separator: "\n").map(String.init)
        let vocabulary = Dictionary(zip(lines, 0...)) { $1 }
        func marker(_ name: String) -> [String: Any] { ["SpecialToken": ["id": name, "type_id": 0]] }
        func ids(_ name: String) -> [String: Any] { ["id": name, "ids": [vocabulary[name] ?? 0], "tokens": [name]] }
        try change("tokenizer.json") {
            $0["normalizer"] = ["type": "BertNormalizer", "lowercase": true]
            $0["pre_tokenizer"] = ["type": "BertPreTokenizer"]
            $0["post_processor"] =
                [
                    "type": "TemplateProcessing",
                    "single": [marker("[CLS]"), ["Sequence": ["id": "A", "type_id": 0]], marker("[SEP]")],
                    "special_tokens": ["[CLS]": ids("[CLS]"), "[SEP]": ids("[SEP]")],
                ] as [String: Any]
            $0["model"] = ["type": "WordPiece", "unk_token": "[UNK]", "vocab": vocabulary] as [String: Any]
        }
        try FileManager.default.removeItem(atPath: model + "/vocab.txt")
        #expect(try await losses() == plain)
        let result = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(result.code == 0, "\(result.errors)")
    }
}
