import FoundationEssentials
import Testing

@testable import Tokenizers

/// What transformers' tokenizers give for folders of an XLM-RoBERTa (Benchmarks/fixtures/make_encoder_tokenizers.py).
private struct UnigramGolden: Decodable {
    struct Case: Decodable {
        let name: String
        let files: [String: String]
        let ids: [[Int32]]
        /// To six tokens.
        let cut: [[Int32]]
        let decoded: [String]
    }

    let texts: [String]
    let vocab, map: String
    let cases: [Case]

    static func load() throws -> UnigramGolden {
        let folder = String(#filePath.dropLast("UnigramTests.swift".count)) + "Fixtures"
        let data = try #require(FileManager.default.contents(atPath: folder + "/unigram.json"))
        return try JSONDecoder().decode(UnigramGolden.self, from: data)
    }

    func files(_ name: String) throws -> [String: String] {
        try #require(cases.first { $0.name == name }).files.mapValues {
            $0.replacing("\"VOCAB\"", with: vocab).replacing("\"MAP\"", with: "\"\(map)\"")
        }
    }

    func tokenizer(_ name: String) throws -> UnigramTokenizer { try .read(files(name)) }
}

extension UnigramTokenizer {
    fileprivate static func read(_ files: [String: String]) throws -> UnigramTokenizer {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        for (name, text) in files { try folder.write(text, as: name) }
        return try #require(try TokenizerKinds.tokenizer(folder: folder.path) as? UnigramTokenizer)
    }
}

@Suite struct UnigramTests {
    private static let names = [
        "saved by transformers 5", "tokenizer.json of the first years alone",
        "as tokenizer.json says, with blanks of their own",
        "a blank before the first word alone",
    ]

    @Test(arguments: names)
    func `difficult texts have transformers' ids, whole, cut and decoded`(name: String) throws {
        let golden = try UnigramGolden.load()
        let example = try #require(golden.cases.first { $0.name == name })
        let tokenizer = try golden.tokenizer(name)
        #expect(example.ids.count >= 60)
        for (text, (ids, (cut, decoded))) in zip(golden.texts, zip(example.ids, zip(example.cut, example.decoded))) {
            #expect(tokenizer.encode(text, special: true) == ids, "\(text.debugDescription)")
            #expect(tokenizer.encode(text, maxLength: 512) == ids, "\(text.debugDescription)")
            #expect(tokenizer.encode(text, maxLength: 6) == cut, "\(text.debugDescription)")
            let bare = tokenizer.encode(text, special: false)
            #expect(tokenizer.decode(bare, skippingSpecial: false).utf8.elementsEqual(decoded.utf8), "\(text.debugDescription)")
        }
    }

    @Test func `every case of the fixture is looked at`() throws {
        #expect(try UnigramGolden.load().cases.map(\.name) == Self.names)
    }

    /// A tokenizer of these tokens, whose words are whole texts.
    private func small(_ vocab: String, unknown: Int = 0, more: String = "") throws -> UnigramTokenizer {
        try .read([
            "tokenizer.json": #"{"model": {"type": "Unigram", "unk_id": \#(unknown)\#(more), "vocab": \#(vocab)}}"#
        ])
    }

    @Test func `the way with the greatest sum wins, of equal ones the first that is found`() throws {
        let scores = #"[["?", 0], ["a", 0], ["b", 0], ["c", 0], ["d", 0], ["cd", 1], ["ab", 2], ["abc", 5], ["abcd", 10]]"#
        #expect(try small(scores).encode("abcdacdxx", special: false) == [8, 1, 5, 0])
        let equal = #"[["?", -9], ["a", -1], ["b", -1], ["ab", -2]]"#
        // The long one is there before the way over "a" is.
        #expect(try small(equal).encode("ab", special: false) == [3])
    }

    @Test func `unknown characters that follow one another are one, or their bytes`() throws {
        let vocab = #"[["?", 0], ["a", -1], ["<0xC3>", -2], ["<0xA9>", -2], ["<0x78>", -2]]"#
        #expect(try small(vocab).encode("aééxa", special: false) == [1, 0, 1])
        let fallback = try small(vocab, more: #", "byte_fallback": true"#)
        #expect(fallback.encode("aéxa", special: false) == [1, 2, 3, 4, 1])
        // One byte is no token: then none is taken.
        #expect(fallback.encode("aéyxa", special: false) == [1, 0, 1])
    }

    @Test(arguments: [
        (#"{"type": "Unigram", "vocab": [["a", 0]]}"#, "a Unigram model without an 'unk_id' is not supported"),
        (#"{"type": "Unigram", "unk_id": 1, "vocab": [["a", 0]]}"#, "the model's 'unk_id' is 1, and there are 1 tokens"),
        (#"{"type": "Unigram", "unk_id": -1, "vocab": [["a", 0]]}"#, "the model's 'unk_id' is -1"),
        (#"{"type": "Unigram", "unk_id": 0, "vocab": []}"#, "the model's vocab has no tokens"),
        (#"{"type": "Unigram", "unk_id": 0, "vocab": {"a": 0}}"#, "the model's vocab is no list of tokens with their scores"),
        (
            #"{"type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["b"]]}"#,
            "entry 2 of the model's vocab is no token with its score"
        ),
        (
            #"{"type": "Unigram", "unk_id": 0, "vocab": [["a", 0, 1]]}"#,
            "entry 1 of the model's vocab is no token with its score"
        ),
        (
            #"{"type": "Unigram", "unk_id": 0, "vocab": [["a", "0"]]}"#,
            "entry 1 of the model's vocab is no token with its score"
        ),
        (
            #"{"type": "Unigram", "unk_id": 0, "byte_fallback": 1, "vocab": [["a", 0]]}"#,
            "the model's 'byte_fallback' is no true or false"
        ),
        (#"{"type": "Unigram", "unk_id": 0}"#, "the model has no 'vocab'"),
    ])
    func `a damaged model is refused with what is wrong`(model: String, words: String) throws {
        let error = #expect(throws: TokenizerError.self) {
            try UnigramTokenizer.read(["tokenizer.json": #"{"model": \#(model)}"#])
        }
        #expect(error?.problem.hasPrefix(words) == true, "\(error?.problem ?? "")")
    }

    @Test(arguments: ["", "AAAA", "!!", "CAAAAAAAAAAA", "/////w=="])
    func `a damaged map of characters is refused`(map: String) throws {
        let error = #expect(throws: TokenizerError.self) {
            try UnigramTokenizer.read([
                "tokenizer.json":
                    #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "\#(map)"}, "model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 0]]}}"#
            ])
        }
        #expect(error?.problem == "the Precompiled normalizer's 'precompiled_charsmap' is damaged")
    }

    @Test func `a map that makes much of little is refused`() throws {
        let text = [UInt8](repeating: 0x61, count: 100)
        let units: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0]
        let map = Data(units + text).base64EncodedString()
        let error = #expect(throws: TokenizerError.self) {
            try UnigramTokenizer.read([
                "tokenizer.json":
                    #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "\#(map)"}, "model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 0]]}}"#
            ])
        }
        #expect(error?.problem == "the steps of its normalizer make texts more than 64 times as long")
    }

    @Test func `a folder with the SentencePiece model alone is told how to make a tokenizer.json`() throws {
        let error = #expect(throws: TokenizerError.self) {
            try UnigramTokenizer.read(["config.json": #"{"model_type": "xlm-roberta"}"#, "sentencepiece.bpe.model": ""])
        }
        #expect(error?.problem.contains("make one of its sentencepiece.bpe.model: python -c ") == true)
    }

    @Test func `tokenizer.json and its class have to agree`() throws {
        let golden = try UnigramGolden.load()
        var files = try golden.files("as tokenizer.json says, with blanks of their own")
        files["tokenizer_config.json"] = nil
        let error = #expect(throws: TokenizerError.self) { try UnigramTokenizer.read(files) }
        #expect(
            error?.problem.hasPrefix(
                "its pre_tokenizer does not split at blanks and put ▁ before each word, as its XLMRobertaTokenizer does; make them agree"
            )
                == true)
    }

    @Test func `pieces of a text stand for the part that they come from`() throws {
        let golden = try UnigramGolden.load()
        let tokenizer = try golden.tokenizer("saved by transformers 5")
        let text = "the ﬁlm\u{A0}film…"
        let ids = tokenizer.encode(text, special: false)
        let all = tokenizer.encode(RenderedChat(text: text, assistant: [0..<text.utf8.count]))
        #expect(all.ids == ids && all.isAssistant.allSatisfy { $0 })
        let first = tokenizer.encode(RenderedChat(text: text, assistant: [0..<3]))
        #expect(first.isAssistant.prefix { $0 }.count >= 1 && !first.isAssistant[ids.count - 1])
    }
}
