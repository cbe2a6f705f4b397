import Testing

@testable import Tokenizers

/// tokenizer.json of byte pair encoding: what of it is read, and what is refused by its name.
@Suite struct BPEReadingTests {
    static let whole = #"""
        {"version": "1.0", "added_tokens": [
           {"id": 0, "content": "<unk>", "special": true}, {"id": 9, "content": "<s>", "special": true, "normalized": false},
           {"id": 10, "content": "<e>", "special": false, "normalized": false}],
         "normalizer": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
         "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
           "special_tokens": {"<s>": {"id": "<s>", "ids": [9]}}},
         "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "unk_token": "<unk>", "dropout": null, "byte_fallback": false,
           "vocab": {"<unk>": 0, "a": 1, "b": 2, "Ġ": 3, "ab": 4, "Ġab": 5, "Ã": 6, "\u00a9": 7, "Ã©": 8},
           "merges": ["a b", "Ġ ab", ["Ã", "©"]]}}
        """#

    private func problem(_ json: String, _ configuration: String = "{}") throws -> String {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        try folder.write(json, as: "tokenizer.json")
        try folder.write(configuration, as: "tokenizer_config.json")
        let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder.path) }
        return (error?.description ?? "").replacing(folder.path + "/", with: "")
    }

    @Test func `tokenizer.json is enough`() throws {
        let tokenizer = try BPETokenizer.read(["tokenizer.json": Self.whole])
        #expect(tokenizer.encode("ab ab<e>é", special: true) == [9, 4, 5, 10, 8])
        #expect(tokenizer.encode("ab ab<e>é", special: false) == [4, 5, 10, 8])
        #expect(tokenizer.encode("ab ab<e>é", maxLength: 3) == [9, 4, 5])
        #expect(tokenizer.encode("acb", special: false) == [1, 0, 2])
        #expect(tokenizer.summary == "BPE of tokenizer.json, 9 tokens and 2 added")
        #expect(tokenizer.idLimit == 11)
        #expect(tokenizer.special.ids == [0, 9])
        #expect(tokenizer.decode([9, 4, 5, 10, 8, 99], skippingSpecial: true) == "ab ab<e>é")
    }

    @Test func `tokenizer_config.json names special tokens, and says which a text gets`() throws {
        let configuration = """
            {"tokenizer_class": "AnyTokenizer", "bos_token": "<s>", "eos_token": {"content": "<e>"}, "pad_token": "<pad>",
             "unk_token": null, "add_eos_token": true}
            """
        let tokenizer = try BPETokenizer.read(["tokenizer.json": Self.whole, "tokenizer_config.json": configuration])
        #expect(tokenizer.special.bos == .init(text: "<s>", id: 9))
        #expect(tokenizer.special.eos == .init(text: "<e>", id: 10))
        #expect(tokenizer.special.pad == .init(text: "<pad>", id: 11))
        #expect(tokenizer.special.unk == nil)
        #expect(tokenizer.special.ids == [0, 9, 10, 11])
        #expect(tokenizer.encode("a", special: true) == [1, 10])
        #expect(tokenizer.idLimit == 12)
    }

    @Test(arguments: [
        (
            #""normalizer": null"#, #""normalizer": {"type": "NFKC"}"#,
            "the normalizer 'NFKC' is not supported (supported: NFC, Prepend,"
        ),
        (
            #"{"type": "ByteLevel", "add"#, #"{"type": "Whitespace", "add"#,
            "the pre_tokenizer 'Whitespace' is not supported (supported: ByteLevel,"
        ),
        (
            #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}"#,
            #"{"type": "Split", "pattern": {"Regex": "\\w+"}, "behavior": "Isolated", "invert": false}"#,
            #"a Split with the regular expression \w+ is not supported (supported: those of GPT-2, Llama 3, Qwen2"#
        ),
        (
            #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}"#,
            #"{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]}"#,
            "a ByteLevel pre_tokenizer with another one after it is not supported"
        ),
        (#""decoder": {"type": "ByteLevel"}"#, #""decoder": null"#, "a ByteLevel pre_tokenizer without a ByteLevel decoder"),
        (#""decoder": {"type": "ByteLevel"}"#, #""decoder": 7"#, "the decoder is no object"),
        (#""TemplateProcessing""#, #""Other""#, "the post_processor 'Other' is not supported (supported: TemplateProcessing,"),
        (#""ids": [9]"#, #""ids": [99]"#, "the post_processor gives '<s>' the id 99, which no token has"),
        (
            #"{"Sequence": {"id": "A"}}"#, #"{"Sequence": {"id": "B"}}"#,
            "the post_processor's 'single' has a piece that is neither"
        ),
        (#""a": 1"#, #""a": -1"#, "the model's vocab has a token whose number is none"),
        (#""a": 1"#, #""a": 2000000000"#, "the token 'a' has the id 2000000000, and there are 9 tokens"),
        (#""vocab": {"#, #""words": {"#, "the model has no 'vocab'"),
        (#""merges": ["#, #""pairs": ["#, "the model has no 'merges'"),
        (#""a b""#, #""ab""#, "merge 1 is no two tokens with a blank between: 'ab'"),
        (#"["Ã", "©"]"#, #"["Ã", 1]"#, "merge 3 is neither a text nor a list of two texts"),
        (#""a b""#, #""a c""#, "merge 1 names the token 'c', which the vocab lacks"),
        (#""a b""#, #""b a""#, "merge 1 names the token 'ba', which the vocab lacks"),
        (#""<unk>", "dropout""#, #""<u>", "dropout""#, "the vocab lacks its unk_token '<u>'"),
        (#""dropout": null"#, #""dropout": 0.1"#, "a BPE model with dropout is not supported"),
        (#""dropout": null"#, #""end_of_word_suffix": "</w>""#, "a BPE model with a 'end_of_word_suffix' is not supported"),
        (#""id": 10"#, #""id": 12"#, "the added token '<e>' has the id 12, and the next free id is 10"),
    ])
    func `a part that is not supported or does not fit is named`(old: String, new: String, words: String) throws {
        #expect(Self.whole.contains(old))
        let problem = try problem(Self.whole.replacing(old, with: new))
        #expect(problem.hasPrefix("tokenizer.json: " + words), "\(problem)")
    }

    @Test func `two files that say different things of an added token are refused`() throws {
        let other = #"{"added_tokens_decoder": {"9": {"content": "<s>", "lstrip": true, "special": true}}}"#
        #expect(try problem(Self.whole, other).contains("the added token '<s>' has another id or other flags in"))
    }

    @Test func `a class of byte pair encoding without tokenizer.json is told so`() throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        try folder.write(#"{"tokenizer_class": "Qwen2TokenizerFast"}"#, as: "tokenizer_config.json")
        try folder.write("{}", as: "vocab.json")
        let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder.path) }
        #expect(error?.problem.hasPrefix("has no tokenizer.json, which the tokenizer class 'Qwen2TokenizerFast'") == true)
    }

    @Test func `tokens that differ in how an accent is composed are two`() throws {
        let json = #"""
            {"pre_tokenizer": null, "decoder": null, "model": {"type": "BPE", "vocab": {"\u00e9": 0, "e": 1, "\u0301": 2, "e\u0301": 3},
             "merges": [["e", "\u0301"]]}}
            """#
        let tokenizer = try BPETokenizer.read(["tokenizer.json": json])
        #expect(tokenizer.encode("\u{e9}e\u{301}", special: false) == [0, 3])
    }

    @Test func `a word of many equal letters takes no quadratic time`() throws {
        let tokenizer = try BPETokenizer.read(["tokenizer.json": Self.whole])
        let ids = tokenizer.encode(String(repeating: "ab", count: 20_000), special: false)
        #expect(ids == [Int32](repeating: 4, count: 20_000))
    }
}
