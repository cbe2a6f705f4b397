import FoundationEssentials
import Testing

@testable import Tokenizers

/// What transformers' tokenizers give for folders of a RoBERTa (Benchmarks/fixtures/make_encoder_tokenizers.py).
private struct RobertaGolden: Decodable {
    struct Case: Decodable {
        let name: String
        let files: [String: String]
        let ids: [[Int32]]
        /// To six tokens.
        let cut: [[Int32]]
        let decoded: [String]
    }

    let texts: [String]
    let vocab, merges, pairs: String
    let cases: [Case]

    static func load() throws -> RobertaGolden {
        let folder = String(#filePath.dropLast("RobertaGoldenTests.swift".count)) + "Fixtures"
        let data = try #require(FileManager.default.contents(atPath: folder + "/roberta.json"))
        return try JSONDecoder().decode(RobertaGolden.self, from: data)
    }

    func files(_ name: String) throws -> [String: String] {
        try #require(cases.first { $0.name == name }).files.mapValues { text in
            text.replacing("\"VOCAB\"", with: vocab).replacing("\"PAIRS\"", with: pairs)
                .replacing("VOCAB", with: vocab).replacing("MERGES", with: merges)
        }
    }
}

@Suite struct RobertaGoldenTests {
    private static let names = [
        "vocab.json and merges.txt alone", "vocab.json, merges.txt and the map of transformers 4", "a blank before each text",
        "saved by transformers 5", "saved with a blank before each text", "saved with a mask that takes blanks",
        "tokenizer.json of the first years alone",
    ]

    @Test(arguments: names)
    func `difficult texts have transformers' ids, whole, cut and decoded`(name: String) throws {
        let golden = try RobertaGolden.load()
        let example = try #require(golden.cases.first { $0.name == name })
        let tokenizer = try BPETokenizer.read(golden.files(name))
        #expect(example.ids.count == golden.texts.count && golden.texts.count > 90)
        for (index, text) in golden.texts.enumerated() {
            #expect(tokenizer.encode(text, special: true) == example.ids[index], "\(text.debugDescription)")
            #expect(tokenizer.encode(text, maxLength: 512) == example.ids[index], "\(text.debugDescription)")
            #expect(tokenizer.encode(text, maxLength: 6) == example.cut[index], "\(text.debugDescription)")
            let bare = tokenizer.encode(text, special: false)
            #expect(tokenizer.decode(bare, skippingSpecial: false).utf8.elementsEqual(example.decoded[index].utf8))
        }
    }

    @Test func `every case of the fixture is looked at, and they differ`() throws {
        let golden = try RobertaGolden.load()
        #expect(golden.cases.map(\.name) == Self.names)
        #expect(Set(golden.cases.map(\.ids)).count >= 3)
    }

    private func problem(_ files: [String: String]) throws -> TokenizerError {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        for (name, text) in files { try folder.write(text, as: name) }
        let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder.path) }
        let found = try #require(error)
        return TokenizerError(place: found.place.replacing(folder.path, with: "FOLDER"), problem: found.problem)
    }

    private let config = ["config.json": #"{"model_type": "roberta"}"#]

    @Test func `files that lack something name it and its line`() throws {
        let vocabulary = #"{"<s>": 0, "</s>": 1, "a": 2, "b": 3, "ab": 4}"#
        #expect(
            try problem(config)
                == TokenizerError(
                    place: "FOLDER",
                    problem: "has neither tokenizer.json, nor vocab.json and merges.txt, for its RobertaTokenizer"))
        for (merges, words) in [
            ("#version: 0.2\na b\na c\n", "merge 3 names the token 'c', which the vocab lacks"),
            ("a b\n\na b\n", "line 2 is no two tokens with a blank between: ''"),
            ("a b b\n", "line 1 is no two tokens with a blank between: 'a b b'"),
            ("b a\n", "merge 1 names the token 'ba', which the vocab lacks"),
        ] {
            #expect(
                try problem(config.merging(["vocab.json": vocabulary, "merges.txt": merges]) { $1 })
                    == TokenizerError(place: "FOLDER/merges.txt", problem: words))
        }
        #expect(
            try problem(config.merging(["vocab.json": "[1]", "merges.txt": ""]) { $1 })
                == TokenizerError(place: "FOLDER/vocab.json", problem: "the model's vocab is no object with tokens"))
        let broken = try problem(config.merging(["vocab.json": "{", "merges.txt": ""]) { $1 })
        #expect(broken.place.hasPrefix("FOLDER/vocab.json:1:"))
    }

    @Test func `line ends of either kind are read, and tokens that the vocabulary lacks get the next ids`() throws {
        let tokenizer = try BPETokenizer.read(
            config.merging(["vocab.json": #"{"a": 0, "b": 1, "ab": 2}"#, "merges.txt": "#version: 0.2\r\na b\r\n"]) { $1 })
        #expect(tokenizer.encode("ab<mask>a", special: true) == [3, 2, 7, 0, 4])
        #expect(tokenizer.idLimit == 8 && tokenizer.special.pad?.id == 6 && tokenizer.special.ids == [3, 4, 5, 6, 7])
    }

    @Test func `tokenizer.json and its class have to agree`() throws {
        let golden = try RobertaGolden.load()
        var files = try golden.files("saved by transformers 5")
        let json = try #require(files["tokenizer.json"])
        files["tokenizer.json"] = json.replacing(#""add_prefix_space": false"#, with: #""add_prefix_space": true"#)
        #expect(
            try problem(files).problem.hasPrefix(
                "its normalizer and pre_tokenizer are not RobertaTokenizer's by tokenizer_config.json: none, and a ByteLevel with "
                    + "add_prefix_space false; make them agree, or set tokenizer_class to PreTrainedTokenizerFast"))
        files["tokenizer_config.json"] = #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#
        #expect(try BPETokenizer.read(files).encode("film", special: true) != [])
        files["tokenizer.json"] = json
        files["tokenizer_config.json"] = #"{"tokenizer_class": "RobertaTokenizer", "cls_token": "<mask>"}"#
        #expect(
            try problem(files).problem.hasPrefix(
                "its post_processor does not put <mask> before a text and </s> after it, as its RobertaTokenizer does; "))
    }
}
