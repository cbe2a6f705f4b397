import Testing

@testable import Tokenizers

@Suite struct TokenizerFilesTests {
    private let vocabulary = "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\nCafé\r\ncafe\r\n"

    private func inFolder(_ files: [String: String], _ body: (ScratchFolder) throws -> Void) throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        for (name, text) in files { try folder.write(text, as: name) }
        try body(folder)
    }

    @Test func `a folder with vocab.txt alone is an uncased tokenizer`() throws {
        try inFolder(["vocab.txt": vocabulary]) { folder in
            let tokenizer = try TokenizerKinds.tokenizer(folder: folder.path)
            #expect(tokenizer.idLimit == 7)
            #expect(tokenizer.encode("Café", maxLength: 8) == [2, 6, 3])
        }
    }

    @Test func `the configuration's case and accents are obeyed`() throws {
        try inFolder(["vocab.txt": vocabulary, "tokenizer_config.json": #"{"do_lower_case": false}"#]) { folder in
            let tokenizer = try TokenizerKinds.tokenizer(folder: folder.path)
            #expect(tokenizer.encode("Café", maxLength: 8) == [2, 5, 3])
        }
    }

    @Test func `special tokens may be given as objects and under other names`() throws {
        let configuration = """
            {"cls_token": "<s>", "sep_token": {"content": "</s>", "lstrip": false}, "unk_token": "<unk>",
             "added_tokens_decoder": {"3": {"content": "<x>", "normalized": false, "special": true}}}
            """
        try inFolder(["vocab.txt": "<s>\n</s>\n<unk>\n<x>\na\n", "tokenizer_config.json": configuration]) { folder in
            let tokenizer = try TokenizerKinds.tokenizer(folder: folder.path)
            #expect(tokenizer.encode("a<x>b", maxLength: 8) == [0, 4, 3, 2, 1])
        }
    }

    @Test(arguments: [
        (["vocab.txt": ""], "vocab.txt: is empty; expected one token on each line"),
        (["vocab.txt": "a\n", "tokenizer_config.json": "[1]"], "tokenizer_config.json: it is no object"),
        (
            ["vocab.txt": "a\n", "tokenizer_config.json": #"{"do_lower_case": 1}"#],
            "tokenizer_config.json: 'do_lower_case' is no true or false"
        ),
    ])
    func `a bad file is named with what is wrong`(files: [String: String], words: String) throws {
        try inFolder(files) { folder in
            let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder.path) }
            #expect(error?.description == folder.path + "/" + words)
        }
    }

    @Test func `a vocabulary that is not in UTF-8 is refused`() throws {
        try inFolder([:]) { folder in
            try folder.write(bytes: [0x61, 0x0A, 0xFF, 0xFE, 0x0A], as: "vocab.txt")
            let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder.path) }
            #expect(error?.problem == "is not in UTF-8")
        }
    }

    @Test func `of two equal lines the later numbers the token, and empty lines count`() {
        let vocabulary = Vocabulary(text: "a\n\nb\na")
        #expect(vocabulary.count == 3)
        #expect(vocabulary.idLimit == 4)
        #expect(vocabulary.id(of: "a") == 3)
        #expect(vocabulary.id(of: "b") == 2)
        #expect(vocabulary.id(of: "ab") == nil)
    }

    @Test func `a trie with many words finds each of them`() throws {
        let words = (0..<20_000).map { "w\($0)" }
        let vocabulary = Vocabulary(text: words.joined(separator: "\n"))
        #expect(words.indices.allSatisfy { vocabulary.id(of: words[$0]) == Int32($0) })
        #expect(vocabulary.id(of: "w20000") == nil)
    }
}
