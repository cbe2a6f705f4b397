/// A WordPiece tokenizer.json of Hugging Face's tokenizers: a normalizer, a pre-tokenizer, a model and a post-processor, one after
/// another.
///
/// Each part is read by what its `type` says; a part that is not known here is refused by its name.
struct TokenizerJSON {
    let path: String
    let flags: NormalizerFlags
    let model: WordPieceModel
    let template: Template
    /// In the file's order.
    let added: [StatedToken]

    /// What the model's part of the file says.
    struct WordPieceModel {
        let vocabulary: Vocabulary
        let unknown: String
        let continuingPrefix: String
        let longestWord: Int
    }

    /// What stands before and after each text.
    struct Template: Hashable {
        var start: Marker
        var end: Marker

        struct Marker: Hashable {
            var token: String
            var id: Int
        }
    }

    /// - Throws: ``TokenizerError`` naming the file and the part that is damaged or not supported.
    init(_ contents: Contents) throws(TokenizerError) {
        let path = contents.path
        let file = try contents.decode(File.self)
        self.path = path
        func fail(_ problem: String) -> TokenizerError { TokenizerError(place: path, problem: problem) }
        guard let unknown = file.model.unk_token else {
            throw fail(Self.unsupported("model", file.model.type, only: "WordPiece"))
        }
        guard let normalizer = file.normalizer, normalizer.type == "BertNormalizer" else {
            throw fail(Self.unsupported("normalizer", file.normalizer?.type, only: "BertNormalizer"))
        }
        guard normalizer.clean_text ?? true else { throw fail("a BertNormalizer with clean_text false is not supported") }
        flags = NormalizerFlags(
            lowercase: normalizer.lowercase ?? true, stripAccents: normalizer.strip_accents,
            separateIdeographs: normalizer.handle_chinese_chars ?? true)
        guard file.pre_tokenizer?.type == "BertPreTokenizer" else {
            throw fail(Self.unsupported("pre_tokenizer", file.pre_tokenizer?.type, only: "BertPreTokenizer"))
        }
        let longestWord = file.model.max_input_chars_per_word ?? 100
        // A word is looked at again from each of its pieces.
        guard (1...10_000).contains(longestWord) else {
            throw fail("the model's max_input_chars_per_word is \(longestWord), expected 1 to 10000")
        }
        model = WordPieceModel(
            vocabulary: try Self.vocabulary(contents.bytes, fail), unknown: unknown,
            continuingPrefix: file.model.continuing_subword_prefix ?? "##",
            longestWord: longestWord)
        template = try Self.template(file.post_processor, fail)
        added = file.added_tokens ?? []
    }

    static func unsupported(_ part: String, _ found: String?, only: String) -> String {
        "the \(part) '\(found ?? "none")' is not supported (supported: \(only))"
    }

    private static func vocabulary(_ bytes: [UInt8], _ fail: (String) -> TokenizerError) throws(TokenizerError) -> Vocabulary {
        guard let model = JSONMembers(bytes).value(of: "model"),
            let vocab = JSONMembers(bytes, from: model.lowerBound).value(of: "vocab")
        else { throw fail("the model has no 'vocab'") }
        var tokens: [(token: [UInt32], id: Int)] = []
        for member in JSONMembers(bytes, from: vocab.lowerBound) {
            guard let id = JSONMembers.number(bytes, in: member.value), (0..<Int(Int32.max)).contains(id) else {
                throw fail("the model's vocab has a token whose number is none")
            }
            tokens.append((member.name, id))
        }
        guard !tokens.isEmpty else { throw fail("the model's vocab is no object with tokens") }
        return Vocabulary(tokens: tokens)
    }

    private static func template(
        _ processor: PostProcessor?, _ fail: (String) -> TokenizerError
    ) throws(TokenizerError) -> Template {
        switch processor?.type {
        case "BertProcessing":
            guard let start = processor?.cls, let end = processor?.sep else {
                throw fail("its BertProcessing lacks 'cls' or 'sep'")
            }
            return Template(start: start.marker, end: end.marker)
        case "TemplateProcessing":
            let pieces = processor?.single ?? []
            let named = pieces.map { piece in
                piece.SpecialToken.flatMap { token in processor?.special_tokens?[token.id].map { (token.id, $0.ids) } }
            }
            guard pieces.count == 3, pieces[1].Sequence?.id == "A", let (start, first) = named[0], let (end, last) = named[2],
                first.count == 1, last.count == 1
            else {
                throw fail("a TemplateProcessing other than one token, the text and one token is not supported")
            }
            return Template(start: .init(token: start, id: first[0]), end: .init(token: end, id: last[0]))
        default:
            throw fail(unsupported("post_processor", processor?.type, only: "TemplateProcessing, BertProcessing"))
        }
    }
}

extension TokenizerJSON {
    // Named as the file names them, so that a decoding error names the key.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct File: Decodable {
        var normalizer: Normalizer?
        var pre_tokenizer: Part?
        var model: Model
        var post_processor: PostProcessor?
        var added_tokens: [StatedToken]?
    }

    struct Part: Decodable {
        var type: String
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Normalizer: Decodable {
        var type: String
        var clean_text, handle_chinese_chars, strip_accents, lowercase: Bool?
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Model: Decodable {
        var type: String?
        var unk_token: String?
        var continuing_subword_prefix: String?
        var max_input_chars_per_word: Int?
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct PostProcessor: Decodable {
        var type: String
        var single: [Piece]?
        var special_tokens: [String: SpecialToken]?
        var cls, sep: Pair?
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Piece: Decodable {
        struct Name: Decodable { var id: String }

        var SpecialToken: Name?
        var Sequence: Name?
    }

    struct SpecialToken: Decodable {
        var ids: [Int]
    }

    /// A token and its id, as a list of two.
    struct Pair: Decodable {
        let marker: Template.Marker

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            marker = Template.Marker(token: try list.decode(String.self), id: try list.decode(Int.self))
        }
    }
}
