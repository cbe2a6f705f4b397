import FoundationEssentials
import Testing

@testable import Tokenizers

/// Tokenizers that a GGUF file holds.
@Suite struct VocabularyPartsTests {
    private static func tokens(_ vocab: String) -> [String] {
        var (cursor, name, tokens) = (JSONCursor(Array(vocab.utf8), at: 0), [UInt8](), [Int: String]())
        guard cursor.open("{") else { return [] }
        while !cursor.closes() {
            cursor.name(into: &name)
            if let id = cursor.integer() { tokens[id] = String(decoding: name, as: UTF8.self) }
        }
        return (0..<tokens.count).map { tokens[$0] ?? "" }
    }

    private func parts(_ pattern: String?) throws -> VocabularyParts {
        let golden = try BPEGolden.load()
        let tokens = Self.tokens(try #require(golden.parts["bytes"]))
        var parts = VocabularyParts(
            place: "m.gguf", model: "gpt2", pattern: pattern, tokens: tokens + ["<|start|>", "<|end|>"])
        parts.merges = try JSONDecoder().decode([String].self, from: Data(try #require(golden.parts["bytes, texts"]).utf8))
        parts.types = tokens.map { _ in 1 } + [3, 4]
        (parts.bos, parts.eos) = (tokens.count, tokens.count + 1)
        return parts
    }

    @Test(arguments: [("gpt-2", "gpt-2"), ("smollm", "smollm"), ("llama-bpe", "llama 3"), ("qwen2", "qwen2")])
    func `a file's vocabulary gives the ids of tokenizer.json`(pattern: String, name: String) throws {
        let golden = try BPEGolden.load()
        let tokenizer = try TokenizerKinds.tokenizer(try parts(pattern))
        let example = try #require(golden.cases.first { $0.name == name })
        for (text, ids) in zip(golden.texts, example.ids) {
            #expect(tokenizer.encode(text, special: false) == ids, "\(text.debugDescription)")
        }
        let limit = Int32(tokenizer.idLimit)
        #expect(tokenizer.encode("", special: true) == (name == "llama 3" ? [limit - 2] : []))
        #expect(tokenizer.special.eos == .init(text: "<|end|>", id: limit - 1))
        #expect(tokenizer.special.ids == [limit - 2])
    }

    @Test func `what a file does not say, or says of no known kind, is refused`() throws {
        func problem(_ change: (inout VocabularyParts) -> Void) throws -> String {
            var parts = try parts("gpt-2")
            change(&parts)
            let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(parts) }
            return error?.description ?? ""
        }
        #expect(try problem { $0.pattern = nil }.hasPrefix("m.gguf: lacks tokenizer.ggml.pre, which says how texts are cut"))
        #expect(
            try problem { $0.pattern = "other" }.hasPrefix(
                "m.gguf: the tokenizer.ggml.pre 'other' is not supported (supported: "))
        #expect(
            try problem { $0.model = "bert" }
                == "m.gguf: the tokenizer.ggml.model 'bert' is not supported (supported: gpt2, llama)")
        #expect(try problem { $0.tokens = [] } == "m.gguf: tokenizer.ggml.tokens is missing or empty")
        #expect(try problem { $0.tokens[7] = $0.tokens[8] }.contains("tokenizer.ggml.tokens has '"))
        #expect(try problem { $0.types.removeLast() }.hasPrefix("m.gguf: tokenizer.ggml.token_type has "))
        #expect(try problem { $0.merges[1] = "ab" }.hasPrefix("m.gguf: tokenizer.ggml.merges: entry 2 is no two tokens"))
        #expect(try problem { $0.merges[1] = "a xyzw" }.hasPrefix("m.gguf: tokenizer.ggml.merges: entry 2 names 'xyzw'"))
        #expect(try problem { $0.bos = 100_000 }.hasPrefix("m.gguf: tokenizer.ggml.bos_token_id is 100000, and there are "))
    }

    /// Pieces, scores and types as SentencePiece has them.
    private func pieces() -> VocabularyParts {
        let plain: [(String, Float)] = [
            ("▁", -1), ("a", -2), ("b", -3), ("c", -4), ("ab", -5), ("bc", -4.5), ("▁a", -6), ("▁ab", -7), ("abc", -8),
        ]
        let bytes = (0...255).map { BPEModel.name(ofByte: UInt8($0)) }
        let names = ["<unk>", "<s>", "</s>"]
        var parts = VocabularyParts(place: "m.gguf", model: "llama", pattern: nil, tokens: names + bytes + plain.map(\.0))
        parts.scores = [Float](repeating: 0, count: 259) + plain.map(\.1)
        parts.types = [2, 3, 3] + bytes.map { _ in 6 } + plain.map { _ in 1 }
        (parts.bos, parts.eos, parts.unknown) = (1, 2, 0)
        return parts
    }

    @Test func `SentencePiece merges by score, and spells the rest in bytes`() throws {
        let tokenizer = try TokenizerKinds.tokenizer(pieces())
        // The pieces are numbered from 259: ▁, a, b, c, ab, bc, ▁a, ▁ab, abc. Of ab and bc the one with the better score goes first, and
        // then ▁a before abc.
        #expect(tokenizer.encode("abc", special: false) == [265, 264])
        #expect(tokenizer.encode("ab", special: true) == [1, 266])
        // é is no piece: its bytes are C3 and A9, and byte 0 is the token 3.
        #expect(tokenizer.encode("é a", special: false) == [259, 198, 172, 265])
        #expect(tokenizer.decode(tokenizer.encode("é a", special: true), skippingSpecial: true) == "é a")
        #expect(tokenizer.encode("a</s>a", special: false) == [265, 2, 265])
    }

    @Test func `without a space before it a text begins as it is written`() throws {
        var parts = pieces()
        (parts.addsSpacePrefix, parts.addsBOS, parts.addsEOS) = (false, false, true)
        let tokenizer = try TokenizerKinds.tokenizer(parts)
        #expect(tokenizer.encode("ab", special: true) == [263, 2])
        #expect(tokenizer.decode([259, 260], skippingSpecial: false) == " a")
        parts.scores.removeLast()
        let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(parts) }
        #expect(error?.description == "m.gguf: tokenizer.ggml.scores has 267 numbers, and there are 268 tokens")
    }
}
