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

    private static func changed(_ value: SettingValue, _ path: ArraySlice<String>, _ new: SettingValue) -> SettingValue {
        guard let key = path.first, case .object(var fields) = value else { return new }
        let inner = changed(fields[key] ?? .null, path.dropFirst(), new)
        fields[key] = inner == .null ? nil : inner
        return .object(fields)
    }
}
