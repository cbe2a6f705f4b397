import FoundationEssentials
import Testing

@testable import Tokenizers

/// tokenizer.json: what of it is read, and what is refused by its name.
@Suite struct TokenizerJSONTests {
    private static let whole = """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [{"id": 2, "content": "[CLS]", "special": true}, {"id": 7, "content": "[DRUG]", "special": true}],
         "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                      {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
           "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2]}, "[SEP]": {"id": "[SEP]", "ids": [3]}}},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
           "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5, "##\\u0062\\ud83d\\ude03": 6}}}
        """

    private func inFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        for (name, text) in files { try folder.write(text, as: name) }
        try body(folder.path)
    }

    private func problem(_ json: String, _ configuration: String = "{}") throws -> String {
        var problem = ""
        try inFolder(["tokenizer.json": json, "tokenizer_config.json": configuration]) { folder in
            let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder) }
            problem = (error?.description ?? "").replacing(folder + "/", with: "")
        }
        return problem
    }

    @Test func `tokenizer.json is enough, and counts more than vocab.txt`() throws {
        for files in [["tokenizer.json": Self.whole], ["tokenizer.json": Self.whole, "vocab.txt": "nothing\nof\nuse\n"]] {
            try inFolder(files) { folder in
                let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
                #expect(tokenizer.encode("A ab😃 [DRUG]", maxLength: 16) == [2, 5, 5, 6, 7, 3])
                #expect(tokenizer.summary == "WordPiece of tokenizer.json, 7 tokens and 1 added")
            }
        }
    }

    @Test(arguments: [
        ("BertNormalizer", "NFC", "the normalizer 'NFC' is not supported (supported: BertNormalizer)"),
        ("BertPreTokenizer", "ByteLevel", "the pre_tokenizer 'ByteLevel' is not supported (supported: BertPreTokenizer)"),
        (
            #""type": "WordPiece""#, #""type": "WordLevel""#,
            "the model 'WordLevel' is not supported (supported: WordPiece, BPE, Unigram)"
        ),
        ("TemplateProcessing", "RobertaProcessing", "the post_processor 'RobertaProcessing' is not supported (supported: "),
        (#""clean_text": true"#, #""clean_text": false"#, "a BertNormalizer with clean_text false is not supported"),
        (
            #""Sequence": {"id": "A""#, #""Sequence": {"id": "B""#,
            "a TemplateProcessing other than one token, the text and one token"
        ),
        (#""ids": [3]"#, #""ids": [4]"#, "the post_processor gives '[SEP]' the id 4, the vocab 3"),
        (#""[UNK]": 1, "#, "", "the vocab lacks its unk_token '[UNK]'"),
        (#""a": 5"#, #""a": -5"#, "the model's vocab has a token whose number is none"),
        (#""vocab": {"#, #""words": {"#, "the model has no 'vocab'"),
        (
            #"_per_word": 100"#, #"_per_word": 20000"#,
            "the model's max_input_chars_per_word is 20000, expected 1 to 10000"
        ),
        (#""id": 7"#, #""id": 9"#, "the added token '[DRUG]' has the id 9, and the next free id is 7"),
    ])
    func `a part that is not supported or does not fit is named`(old: String, new: String, words: String) throws {
        #expect(Self.whole.contains(old))
        let problem = try problem(Self.whole.replacing(old, with: new))
        #expect(problem.hasPrefix("tokenizer.json: " + words), "\(problem)")
    }

    @Test(arguments: ["Bigram", "WordLevel"])
    func `a tokenizer of another kind is called by its kind, whatever else it has`(kind: String) throws {
        let other =
            #"{"normalizer": null, "pre_tokenizer": {"type": "ByteLevel"}, "model": {"type": "\#(kind)", "vocab": {"a": 0}, "merges": []}}"#
        #expect(
            try problem(other) == "tokenizer.json: the model '\(kind)' is not supported (supported: WordPiece, BPE, Unigram)")
    }

    @Test func `what its class takes from tokenizer_config.json has to agree`() throws {
        let cased = Self.whole.replacing(#""lowercase": true"#, with: #""lowercase": false"#)
        #expect(
            try problem(cased)
                == "tokenizer.json: do_lower_case is false here and true by tokenizer_config.json and its tokenizer class "
                + "'BertTokenizer'; make them agree")
        #expect(try problem(Self.whole, #"{"strip_accents": false}"#).contains("strip_accents is true here and false by"))
        #expect(try problem(Self.whole, #"{"cls_token": "a"}"#).contains("cls_token is [CLS] here and a by"))
        let configurations = [#"{"do_lower_case": false}"#, #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#]
        for configuration in configurations {
            try inFolder(["tokenizer.json": cased, "tokenizer_config.json": configuration]) { folder in
                let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
                #expect(tokenizer.encode("a A", maxLength: 8) == [2, 5, 1, 3])
            }
        }
    }

    @Test func `two files that say different things of an added token are refused`() throws {
        let other = #"{"added_tokens_decoder": {"7": {"content": "[DRUG]", "normalized": true}}}"#
        #expect(try problem(Self.whole, other).contains("the added token '[DRUG]' has another id or other flags in"))
        #expect(
            try problem(Self.whole, #"{"added_tokens_decoder": {}}"#)
                .contains("the added token '[DRUG]' is not in tokenizer_config.json's added_tokens_decoder"))
    }

    @Test func `a general class without tokenizer.json, and a folder without either file, are told so`() throws {
        try inFolder(["vocab.txt": "[UNK]\n", "tokenizer_config.json": #"{"tokenizer_class": "PreTrainedTokenizerFast"}"#]) {
            folder in
            let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder) }
            #expect(error?.problem.contains("has no tokenizer.json, which the tokenizer class") == true)
        }
        try inFolder(["spiece.model": "x"]) { folder in
            let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(folder: folder) }
            #expect(
                error?.description
                    == folder
                    + ": has neither tokenizer.json nor vocab.txt for its tokenizer; it has spiece.model, which is not WordPiece"
            )
        }
    }

    @Test func `the members of an object are gone through by scalars, whatever stands between them`() {
        let text = #" { "a\"b" : {"x":[1,{"y":"}"}]} ,"\u00e9":1, "e\u0301" : -2 ,"t\tn":"," }"#
        let bytes = Array(text.utf8)
        let members = Array(JSONMembers(bytes))
        #expect(members.map { $0.name.count } == [3, 1, 2, 3])
        #expect(members.map { JSONMembers.number(bytes, in: $0.value) } == [nil, 1, -2, nil])
        #expect(Array(JSONMembers(Array("[1, 2]".utf8))).isEmpty)
        #expect(Array(JSONMembers(Array("{}".utf8))).isEmpty)
    }
}
