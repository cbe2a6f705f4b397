import Foundation
import Testing
import TrainerSettings

@testable import Tokenizers

/// SentencePiece's tokenizers as transformers has them, and as llama.cpp has them from a GGUF file.
@Suite struct SentencePieceVocabularyTests {
    private static let folder =
        String(#filePath.dropLast("/SentencePieceVocabularyTests.swift".count)) + "/Fixtures/sentencepiece"
    private static let names = ["llama", "metaspace", "gemma", "phi3"]

    private struct Row: Decodable {
        let text: String
        let transformers: [Int32]
        let llama: [Int32]

        enum CodingKeys: String, CodingKey {
            case text, transformers
            case llama = "llama.cpp"
        }
    }

    private func rows(_ name: String) throws -> [Row] {
        let data = try Data(contentsOf: URL(filePath: Self.folder + "/golden.json"))
        return try #require(try JSONDecoder().decode([String: [Row]].self, from: data)[name])
    }

    private func parts(_ name: String) throws -> VocabularyParts {
        try VocabularyParts(folder: Self.folder + "/" + name, rows: 400)
    }

    @Test(arguments: names) func `the ids are those of transformers`(name: String) throws {
        let tokenizer = try TokenizerKinds.tokenizer(folder: Self.folder + "/" + name)
        for row in try rows(name) { #expect(tokenizer.encode(row.text, special: true) == row.transformers, "\(row.text)") }
    }

    @Test(arguments: names) func `what a GGUF file says of them gives llama dot cpp's ids`(name: String) throws {
        let tokenizer = try TokenizerKinds.tokenizer(try parts(name))
        for row in try rows(name) { #expect(tokenizer.encode(row.text, special: true) == row.llama, "\(row.text)") }
    }

    @Test func `a vocabulary has its types, its special tokens and where blanks go`() throws {
        for name in Self.names {
            let parts = try parts(name)
            #expect(parts.model == "llama" && parts.pattern == "default" && parts.merges.isEmpty)
            #expect(parts.tokens.count == 400 && parts.scores.count == 400 && parts.types.count == 400)
            #expect(parts.types.count { $0 == 6 } == 256)
            #expect(parts.types[try #require(parts.unknown)] == 2)
            #expect(parts.addsSpacePrefix == (name != "gemma") && parts.addsBOS == (name != "phi3"))
            #expect(parts.modelName == (name == "phi3" ? "Phi-3" : nil))
            // What merges earlier has the higher score.
            #expect(parts.scores.allSatisfy { $0 <= 0 } && Set(parts.scores).count > 50)
        }
        let gemma = try parts("gemma")
        #expect(gemma.types[try #require(gemma.tokens.firstIndex(of: "\u{2581}\u{2581}"))] == 4)
        #expect(try VocabularyParts(folder: Self.folder + "/phi3", rows: 403).types.suffix(3) == [5, 5, 5])
    }

    @Test func `a tokenizer that does something else is refused`() throws {
        let faults: [(name: String, path: [String], value: SettingValue)] = [
            ("texts are cut into words", ["pre_tokenizer", "split"], .bool(true)),
            ("no bytes", ["model", "byte_fallback"], .bool(false)),
            ("a byte has no token", ["model", "vocab", "<0x41>"], .null),
            ("words are taken whole", ["model", "ignore_merges"], .bool(true)),
            ("texts are composed", ["normalizer"], .object(["type": .string("NFC")])),
            ("blanks stay", ["pre_tokenizer"], .null),
        ]
        for fault in faults {
            let own = FileManager.default.temporaryDirectory.path + "/pieces-\(UInt64.random(in: 0 ... .max))"
            try FileManager.default.copyItem(atPath: Self.folder + "/metaspace", toPath: own)
            defer { try? FileManager.default.removeItem(atPath: own) }
            let values = try JSONInput.object(file: own + "/tokenizer.json")
            let changed = Self.changed(.object(values), fault.path[...], fault.value)
            try Data(JSONWriter.text(changed, .shown).utf8).write(to: URL(filePath: own + "/tokenizer.json"))
            let error = #expect(throws: TokenizerError.self, "\(fault.name)") { try VocabularyParts(folder: own, rows: 400) }
            #expect(error?.problem.contains("nor SentencePiece's") == true, "\(fault.name): \(String(describing: error))")
        }
    }

    /// A fixture with something else in its tokenizer.json, and what a GGUF file says of it.
    private func parts(_ name: String, rows: Int = 400, _ change: (inout [String: SettingValue]) -> Void) throws
        -> VocabularyParts
    {
        let own = FileManager.default.temporaryDirectory.path + "/pieces-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.copyItem(atPath: Self.folder + "/" + name, toPath: own)
        defer { try? FileManager.default.removeItem(atPath: own) }
        var values = try JSONInput.object(file: own + "/tokenizer.json")
        change(&values)
        try Data(JSONWriter.text(.object(values), .shown).utf8).write(to: URL(filePath: own + "/tokenizer.json"))
        return try VocabularyParts(folder: own, rows: rows)
    }

    private static func add(_ text: String, _ id: Int?, rstrip: Bool = false) -> (inout [String: SettingValue]) -> Void {
        { values in
            guard case .array(let own)? = values["added_tokens"] else { return }
            let token: [String: SettingValue?] = [
                "content": .string(text), "id": id.map(SettingValue.int), "special": .bool(true), "rstrip": .bool(rstrip),
                "lstrip": .bool(false), "single_word": .bool(false), "normalized": .bool(false),
            ]
            values["added_tokens"] = .array(own + [.object(token.compactMapValues { $0 })])
        }
    }

    private static func vocabulary(_ change: @escaping (inout [String: SettingValue]) -> Void) -> (inout [String: SettingValue])
        -> Void
    {
        { values in
            guard case .object(var model)? = values["model"], case .object(var vocabulary)? = model["vocab"] else { return }
            change(&vocabulary)
            model["vocab"] = .object(vocabulary)
            values["model"] = .object(model)
        }
    }

    @Test func `tokens that no file can have are refused with their place and the way that is left`() throws {
        let faults: [(words: String, change: (inout [String: SettingValue]) -> Void)] = [
            ("the token '<new>' has no id", Self.add("<new>", nil)),
            ("the token '<new>' has the id -1, expected one below the model's 402", Self.add("<new>", -1)),
            ("the token 'zzz' has the id 402, expected one below the model's 402", Self.vocabulary { $0["zzz"] = .int(402) }),
            ("have the same id 1", Self.add("<new>", 1)),
            ("the token 400 has no text", Self.add("", 400)),
            ("has the token '[PAD401]' twice, with the ids 400 and 401", Self.vocabulary { $0["[PAD401]"] = .int(400) }),
        ]
        for fault in faults {
            let error = #expect(throws: TokenizerError.self, "\(fault.words)") { try parts("llama", rows: 402, fault.change) }
            let text = error?.description ?? ""
            #expect(text.contains("tokenizer.json: ") && text.contains("--format merged"), "\(text)")
            #expect(text.contains(fault.words), "\(text)")
        }
    }

    @Test func `tokens beyond the embeddings are left out`() throws {
        let parts = try parts("gemma", Self.add("<image_soft_token>", 400))
        #expect(parts.tokens.count == 400 && !parts.tokens.contains("<image_soft_token>"))
    }

    @Test func `a model gets Phi-3's name where its special tokens are as llama dot cpp has Phi-3's`() throws {
        #expect(try parts("phi3") { _ in }.modelName == "Phi-3")
        // One that takes white space, and by the name llama.cpp would look for <|endoftext|>.
        #expect(try parts("llama", rows: 401, Self.add("<tool>", 400, rstrip: true)).modelName == nil)
        let strips = ["</s>": true, "<|end|>": true, "<s>": false]
        let four: Set = ["</s>", "<unk>", "<s>", "<|endoftext|>"]
        #expect(VocabularyParts.strippingName(strips, four) == "Phi-3")
        for token in four { #expect(VocabularyParts.strippingName(strips, four.subtracting([token])) == nil) }
        #expect(VocabularyParts.strippingName(["</s>": false, "<|end|>": true, "<a>": false], four) == nil)
        #expect(VocabularyParts.strippingName([:], four) == nil)
    }

    @Test func `texts that Unicode takes for the same are tokens of their own`() throws {
        let text = try String(contentsOfFile: Self.folder + "/llama/tokenizer.json", encoding: .utf8)
        let own = FileManager.default.temporaryDirectory.path + "/pieces-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.copyItem(atPath: Self.folder + "/llama", toPath: own)
        defer { try? FileManager.default.removeItem(atPath: own) }
        let more = text.replacing(/"<unk>": *0/, with: "\"<unk>\": 0, \"\u{C5}\": 400, \"\u{212B}\": 401")
        #expect(more.utf8.count > text.utf8.count)
        try Data(more.utf8).write(to: URL(filePath: own + "/tokenizer.json"))
        let parts = try VocabularyParts(folder: own, rows: 402)
        #expect(parts.tokens.suffix(2).map { Array($0.utf8) } == ["\u{C5}", "\u{212B}"].map { Array($0.utf8) })
        #expect(parts.types.suffix(2) == [1, 1])
    }

    private static func changed(_ value: SettingValue, _ path: ArraySlice<String>, _ new: SettingValue) -> SettingValue {
        guard let key = path.first, case .object(var fields) = value else { return new }
        let inner = changed(fields[key] ?? .null, path.dropFirst(), new)
        fields[key] = inner == .null ? nil : inner
        return .object(fields)
    }
}
