import FoundationEssentials
import Testing

@testable import Tokenizers

/// What Hugging Face's tokenizer gave for folders with added tokens and tokenizer.json (Benchmarks/added_tokens.py).
private struct Golden: Decodable {
    struct Case: Decodable {
        let name: String
        let files: [String: String]
        let ids: [[Int32]]
    }

    let texts: [String]
    let cases: [Case]

    static func load() throws -> Golden {
        let folder = String(#filePath.dropLast("AddedTokenTests.swift".count)) + "Fixtures"
        let data = try #require(FileManager.default.contents(atPath: folder + "/added-tokens.json"))
        return try JSONDecoder().decode(Golden.self, from: data)
    }
}

@Suite struct AddedTokenTests {
    @Test func `each folder gives the ids that the reference gives`() throws {
        let golden = try Golden.load()
        try #require(golden.cases.count >= 15 && golden.texts.count >= 20)
        for example in golden.cases {
            try inFolder(example.files) { folder in
                let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
                for (text, ids) in zip(golden.texts, example.ids) {
                    #expect(tokenizer.encode(text, maxLength: 16) == ids, "\(example.name): \(text.debugDescription)")
                }
            }
        }
    }

    private static let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nnew\n"

    private func inFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        for (name, text) in files { try folder.write(text, as: name) }
        try body(folder.path)
    }

    private func problem(_ files: [String: String]) throws -> String {
        var problem = ""
        try inFolder(files) { folder in
            let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder) }
            problem = (error?.description ?? "").replacing(folder + "/", with: "").replacing(folder, with: "FOLDER")
        }
        return problem
    }

    private static func decoder(_ tokens: String) -> [String: String] {
        ["vocab.txt": vocabulary, "tokenizer_config.json": #"{"added_tokens_decoder": {\#(tokens)}}"#]
    }

    @Test func `the limit of the ids tells what a model needs rows for`() throws {
        try inFolder(Self.decoder(#""7": {"content": "[DRUG]", "special": true}"#)) { folder in
            let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
            #expect(tokenizer.idLimit == 8)
            #expect(tokenizer.summary == "WordPiece of vocab.txt, 7 tokens and 1 added")
        }
        try inFolder(["vocab.txt": "[UNK]\n[CLS]\n[SEP]\na\n"]) { folder in
            // The class's [PAD] and [MASK] get ids, which no text has to use.
            let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
            #expect(tokenizer.idLimit == 4)
            #expect(tokenizer.encode("a[MASK]", maxLength: 8) == [1, 3, 5, 2])
        }
    }

    @Test func `an id other than the one that Hugging Face gives is refused`() throws {
        #expect(
            try problem(Self.decoder(#""9": {"content": "[DRUG]"}"#))
                == "tokenizer_config.json: the added token '[DRUG]' has the id 9, and the next free id is 7, and Hugging Face gives it that one"
        )
        #expect(
            try problem(Self.decoder(#""7": {"content": "new"}"#))
                == "tokenizer_config.json: the added token 'new' has the id 7, and vocab.txt has it as 6")
        #expect(try problem(Self.decoder(#""x": {"content": "new"}"#)).contains("'x' is no token's number"))
        #expect(
            try problem(["vocab.txt": Self.vocabulary, "added_tokens.json": #"{"[DRUG]": 70}"#]).hasPrefix(
                "added_tokens.json: "))
        #expect(
            try problem(["vocab.txt": Self.vocabulary, "added_tokens.json": #"{"[DRUG]": "7"}"#]).hasPrefix(
                "added_tokens.json: "))
    }

    @Test func `added tokens that are one once they are normalized are refused`() throws {
        let two = #""7": {"content": "New", "normalized": true}, "8": {"content": "nEw", "normalized": true}"#
        #expect(
            try problem(Self.decoder(two))
                == "vocab.txt: the added tokens 'New' and 'nEw' are the same once they are normalized")
        #expect(
            try problem(Self.decoder(#""7": {"content": "\u0301", "normalized": true}"#)).hasPrefix(
                "vocab.txt: nothing is left of"))
    }

    @Test func `tokens that differ in how an accent is composed are two`() throws {
        let tokens = #""7": {"content": "\u00e9", "special": true}, "8": {"content": "e\u0301", "special": true}"#
        try inFolder(Self.decoder(tokens)) { folder in
            let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
            #expect(tokenizer.encode("a\u{e9}a", maxLength: 8) == [2, 5, 7, 5, 3])
            #expect(tokenizer.encode("ae\u{301}a", maxLength: 8) == [2, 5, 8, 5, 3])
        }
    }

    @Test(arguments: ["BertJapaneseTokenizer", "CamembertTokenizerFast", "MPNetTokenizer"])
    func `a tokenizer class with other rules is refused by its name`(name: String) throws {
        for file in ["tokenizer_config.json", "config.json"] {
            let problem = try problem(["vocab.txt": Self.vocabulary, file: #"{"tokenizer_class": "\#(name)"}"#])
            #expect(problem.contains("the tokenizer class '\(name)' is not supported (supported: BertTokenizer"), "\(problem)")
        }
    }

    @Test(arguments: ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.json", "config.json"])
    func `a file that is there and cannot be read does not count as absent`(name: String) throws {
        for text in ["{", "[1]", "\u{0}"] {
            #expect(try problem(["vocab.txt": Self.vocabulary, name: text]).hasPrefix(name), "\(text)")
        }
        for make in [makeFolder, makePipe, makeDanglingLink] {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            try folder.write(Self.vocabulary, as: "vocab.txt")
            try make(folder.path + "/" + name)
            let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder.path) }
            #expect(error?.place == folder.path + "/" + name, "\(error?.description ?? "read")")
        }
    }

    @Test func `a vocabulary that is a pipe is refused and not waited for`() throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        try makePipe(folder.path + "/vocab.txt")
        let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder.path) }
        #expect(error?.description == folder.path + "/vocab.txt: is a named pipe, not a regular file")
    }
}
