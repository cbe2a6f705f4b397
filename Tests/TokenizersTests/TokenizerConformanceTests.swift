import Testing

@testable import Tokenizers

/// What holds for every kind of tokenizer, each on a small folder of its own.
@Suite struct TokenizerConformanceTests {
    /// A model folder's files, by the kind that reads them.
    private static let samples: [String: [String: String]] = [
        "WordPiece": [
            "tokenizer.json": """
            {"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", 1], "sep": ["[SEP]", 2]},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab":
               {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[PAD]": 3, "[MASK]": 4, "good": 5, "##ly": 6, "film": 7, "!": 8}}}
            """
        ],
        "BPE": [
            "tokenizer.json": """
            {"added_tokens": [{"id": 13, "content": "<s>", "special": true}, {"id": 14, "content": "</s>", "special": true}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"},
             "post_processor": {"type": "RobertaProcessing", "cls": ["<s>", 13], "sep": ["</s>", 14]},
             "model": {"type": "BPE", "unk_token": "?", "vocab": {"?": 0, "g": 1, "o": 2, "d": 3, "f": 4, "i": 5, "l": 6, "m": 7, "Ġ": 8,
               "oo": 9, "goo": 10, "good": 11, "!": 12}, "merges": ["o o", "g oo", "goo d"]}}
            """
        ],
        "Unigram": [
            "tokenizer.json": """
            {"added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 2, "content": "</s>", "special": true}],
             "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
             "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
             "post_processor": {"type": "RobertaProcessing", "cls": ["<s>", 0], "sep": ["</s>", 2]},
             "model": {"type": "Unigram", "unk_id": 3, "vocab": [["<s>", 0], ["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["▁", -4],
               ["▁good", -2.5], ["g", -6], ["o", -6], ["d", -6], ["▁fil", -3], ["m", -5], ["!", -5], ["ly", -4], ["e", -7]]}}
            """
        ],
    ]

    private static let texts = ["", "good film!", "goodly goodly\tunknown", "[SEP] film", "e\u{301} 漢\u{0}😀", "good "]

    private static let kinds = TokenizerKinds.all.map { $0.modelType }

    private func tokenizer(_ kind: String) throws -> any Tokenizer {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        for (name, text) in try #require(Self.samples[kind], "a new kind needs a sample") { try folder.write(text, as: name) }
        return try TokenizerKinds.tokenizer(folder: folder.path)
    }

    @Test(arguments: kinds) func `a folder's files name the kind, and so does the summary`(kind: String) throws {
        let tokenizer = try tokenizer(kind)
        #expect(type(of: tokenizer).modelType == kind)
        #expect(tokenizer.summary.hasPrefix(kind + " of "))
    }

    @Test(arguments: kinds) func `ids are the model's, the same for the same text`(kind: String) throws {
        let (tokenizer, again) = (try tokenizer(kind), try tokenizer(kind))
        for text in Self.texts {
            let ids = tokenizer.encode(text, maxLength: 64)
            #expect(ids.allSatisfy { (0..<tokenizer.idLimit).contains(Int($0)) }, "\(text.debugDescription)")
            #expect(ids == again.encode(text, maxLength: 64))
        }
        #expect(Set(Self.texts.map { tokenizer.encode($0, maxLength: 64) }).count >= Self.texts.count - 1)
    }

    @Test(arguments: kinds) func `a cut text is the beginning of the whole one, among all special tokens`(kind: String) throws {
        let tokenizer = try tokenizer(kind)
        let special = tokenizer.encode("", maxLength: 64).count
        for text in Self.texts {
            let whole = tokenizer.encode(text, maxLength: 64)
            for limit in max(special, 2)...(whole.count + 1) {
                let cut = tokenizer.encode(text, maxLength: limit)
                #expect(cut.count == min(limit, whole.count))
                let same = zip(cut, whole).prefix { $0 == $1 }.count
                #expect(same >= cut.count - special, "\(text.debugDescription) cut at \(limit)")
            }
        }
    }

    @Test(arguments: kinds) func `ids without those around a text are a part of those with them`(kind: String) throws {
        let tokenizer = try tokenizer(kind)
        for text in Self.texts {
            let (bare, whole) = (tokenizer.encode(text, special: false), tokenizer.encode(text, special: true))
            #expect(whole == tokenizer.encode(text, maxLength: 64))
            let start = (whole.count - bare.count) / 2
            #expect(Array(whole.dropFirst(start).prefix(bare.count)) == bare)
            let chat = tokenizer.encode(RenderedChat(text: text, assistant: [0..<text.utf8.count]))
            #expect(chat.ids == bare && chat.isAssistant == bare.map { _ in true })
        }
    }

    @Test(arguments: kinds) func `a decoded text has the ids that it came from`(kind: String) throws {
        let tokenizer = try tokenizer(kind)
        for text in ["good film!", "good", ""] {
            let ids = tokenizer.encode(text, special: true)
            let decoded = tokenizer.decode(ids, skippingSpecial: true)
            #expect(tokenizer.encode(decoded, special: true) == ids)
            #expect(ids.allSatisfy { $0 < tokenizer.idLimit })
            #expect(!tokenizer.special.ids.isEmpty)
        }
    }

    @Test func `no two kinds read the same files`() {
        #expect(Set(Self.kinds).count == Self.kinds.count)
        #expect(Set(TokenizerKinds.classes).count == TokenizerKinds.classes.count)
    }
}
