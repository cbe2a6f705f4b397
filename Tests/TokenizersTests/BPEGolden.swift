import FoundationEssentials
import Testing

@testable import Tokenizers

/// What Hugging Face's tokenizers gave for difficult texts, by small tokenizers with each of the pre-tokenizers
/// (Benchmarks/bpe_fixture.py).
struct BPEGolden: Decodable {
    struct Case: Decodable {
        let name: String
        let vocab, merges: String
        /// tokenizer.json with "VOCAB" and "MERGES" in place of these.
        let tokenizer: String
        let ids: [[Int32]]
        let around: [Int32]
        let skipped: String
        /// By the text's number: what its ids decode to, where it is not the text.
        let decoded: [String: String]
    }

    let texts: [String]
    let parts: [String: String]
    let cases: [Case]

    static func load() throws -> BPEGolden {
        let folder = String(#filePath.dropLast("BPEGolden.swift".count)) + "Fixtures"
        let data = try #require(FileManager.default.contents(atPath: folder + "/bpe.json"))
        return try JSONDecoder().decode(BPEGolden.self, from: data)
    }

    /// The tokenizer.json of a case.
    func file(_ name: String) throws -> String {
        let example = try #require(cases.first { $0.name == name })
        let (vocab, merges) = (try #require(parts[example.vocab]), try #require(parts[example.merges]))
        return example.tokenizer.replacing("\"VOCAB\"", with: vocab).replacing("\"MERGES\"", with: merges)
    }

    func tokenizer(_ name: String) throws -> BPETokenizer {
        try BPETokenizer.read(["tokenizer.json": file(name)])
    }
}

extension BPETokenizer {
    /// The tokenizer of a folder with these files.
    static func read(_ files: [String: String]) throws -> BPETokenizer {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        for (name, text) in files { try folder.write(text, as: name) }
        return try #require(try TokenizerKinds.tokenizer(folder: folder.path) as? BPETokenizer)
    }
}
