import SearchSpaces
import Tokenizers

/// vocab.txt, by which texts are then tokenized.
struct VocabularyFormat: Format {
    static let name = "vocabulary"

    private let folder: String
    private let seed: [UInt8]
    private let mutation = TextMutation(words: [
        "[UNK]", "[CLS]", "[SEP]", "##", "##a", "\n", "\r\n", "\u{0301}", "ﬃ", "##\n##",
    ])

    init(folder: String) throws {
        self.folder = folder
        seed = try Files.read(Files.tests + "/TokenizersTests/Fixtures/vocab.txt")
    }

    var file: String? { folder + "/vocab.txt" }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        var text = seed
        for _ in 0..<(1 + random.below(6)) { mutation.mutate(&text, using: &random) }
        return text
    }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/vocab.txt")
        try Tokenizing.tokenize(folder, input)
    }
}

/// tokenizer_config.json beside a vocabulary that is whole.
struct TokenizerConfigurationFormat: Format {
    static let name = "tokenizer-config"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        try Files.write(Files.read(Files.tests + "/TokenizersTests/Fixtures/vocab.txt"), to: folder + "/vocab.txt")
        tree = try JSONTree(
            seed: """
                {"do_lower_case":true,"strip_accents":null,"tokenize_chinese_chars":true,"unk_token":"[UNK]","sep_token":"[SEP]",
                "pad_token":{"content":"[PAD]","lstrip":false,"rstrip":false,"normalized":false,"single_word":false},
                "cls_token":"[CLS]","mask_token":"[MASK]","model_max_length":1000000000000000019884624838656,
                "added_tokens_decoder":{"0":{"content":"[PAD]","special":true,"lstrip":false},"2":{"content":"[UNK]"}},
                "tokenizer_class":"BertTokenizer"}
                """)
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] { tree.mutatedText(words: tree.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/tokenizer_config.json")
        try Tokenizing.tokenize(folder, input)
    }
}

/// tokenizer.json with all its parts, which needs no vocabulary beside it.
struct TokenizerJSONFormat: Format {
    static let name = "tokenizer-json"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        tree = try JSONTree(
            seed: """
                {"version":"1.0","truncation":null,"added_tokens":[{"id":0,"content":"[UNK]","special":true},
                {"id":6,"content":"new","normalized":true,"single_word":true,"lstrip":true,"rstrip":false}],
                "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
                "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing",
                "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
                "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}},
                "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
                "vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"##\\u0061":4,"film":5}}}
                """)
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] { tree.mutatedText(words: tree.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/tokenizer.json")
        try Tokenizing.tokenize(folder, input)
    }
}

/// added_tokens.json beside a vocabulary that is whole.
struct AddedTokensFormat: Format {
    static let name = "added-tokens"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        let vocabulary = try Files.read(Files.tests + "/TokenizersTests/Fixtures/vocab.txt")
        try Files.write(vocabulary, to: folder + "/vocab.txt")
        let lines = vocabulary.count { $0 == UInt8(ascii: "\n") }
        tree = try JSONTree(seed: #"{"[DRUG]":\#(lines),"film":\#(lines + 1),"\u00e9 x":\#(lines + 2)}"#)
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] { tree.mutatedText(words: tree.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/added_tokens.json")
        try Tokenizing.tokenize(folder, input)
    }
}

private enum Tokenizing {
    /// Texts, the file itself among them, whose ids have to be the vocabulary's.
    static func tokenize(_ folder: String, _ input: [UInt8]) throws {
        let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
        for text in ["a film", "Ünïcödé 電影 [MASK] e\u{0301}\u{0323}\u{0}", String(decoding: input, as: UTF8.self)] {
            for length in [2, 3, 64] {
                let ids = tokenizer.encode(text, maxLength: length)
                precondition(ids.count <= length && ids.allSatisfy { $0 >= 0 })
            }
        }
    }
}
