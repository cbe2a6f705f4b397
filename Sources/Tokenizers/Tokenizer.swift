/// Turns texts into a model's token ids: those that Hugging Face's tokenizer gives for the same folder.
///
/// A new kind conforms to this in a file of its own and has a line in ``TokenizerKinds/all``.
package protocol Tokenizer: Sendable {
    /// The `type` of the model in a tokenizer.json: "WordPiece".
    static var modelType: String { get }
    /// Hugging Face's classes of this kind, without the "Fast" that a name may end with: their files may lack a tokenizer.json.
    static var classes: [String] { get }

    /// - Throws: ``TokenizerError`` for a file that is damaged, that is not supported, or that contradicts another one.
    init(_ files: TokenizerFiles) throws(TokenizerError)

    /// One more than the greatest id that a model needs a row for.
    var idLimit: Int { get }
    /// For people: "WordPiece of tokenizer.json, 30522 tokens and 1 added".
    var summary: String { get }

    /// The text's ids with the special tokens that the model expects around a text, of which there are always all: what is cut to
    /// `maxLength` tokens in total is the text.
    func encode(_ text: String, maxLength: Int) -> [Int32]

    /// The whole text's ids. The text of a special token is that token, wherever it stands.
    ///
    /// - Parameter special: whether the special tokens that the model expects around a text are added.
    func encode(_ text: String, special: Bool) -> [Int32]

    /// A conversation's ids, with nothing added, and which of them the assistant wrote: those that one of its spans has a part of.
    func encode(_ chat: RenderedChat) -> LabeledTokens

    /// The text that the ids stand for.
    ///
    /// - Parameter skippingSpecial: whether special tokens are left out.
    func decode(_ ids: [Int32], skippingSpecial: Bool) -> String

    var special: SpecialTokens { get }
}

extension Tokenizer {
    /// Turns ids into a text while they come.
    package func decoding(skippingSpecial: Bool) -> StreamingDecoding {
        StreamingDecoding(self, skippingSpecial: skippingSpecial)
    }
}

/// The kinds of tokenizers that there are.
package enum TokenizerKinds {
    package static let all: [any Tokenizer.Type] = [WordPieceTokenizer.self, BPETokenizer.self, UnigramTokenizer.self]

    /// The tokenizer of a model folder, of the kind that its files name.
    ///
    /// - Throws: ``TokenizerError`` naming the file and what is wrong in it.
    package static func tokenizer(folder: String) throws(TokenizerError) -> any Tokenizer {
        let files = try TokenizerFiles(folder: folder)
        return try kind(of: files).init(files)
    }

    /// The tokenizer that a GGUF file holds.
    ///
    /// - Throws: ``TokenizerError`` naming the file and the key that is wrong.
    package static func tokenizer(_ parts: VocabularyParts) throws(TokenizerError) -> any Tokenizer {
        try BPETokenizer(BPEParts(parts))
    }

    private static func kind(of files: TokenizerFiles) throws(TokenizerError) -> any Tokenizer.Type {
        guard let json = files.json else {
            return all.first { files.configuration.isOf($0.classes) } ?? WordPieceTokenizer.self
        }
        // Files from before there was a `type` are WordPiece's.
        let type = json.modelType ?? WordPieceTokenizer.modelType
        guard let kind = all.first(where: { $0.modelType == type }) else {
            throw TokenizerError(place: json.path, problem: TokenizerJSON.unsupported("model", type, only: modelTypes))
        }
        return kind
    }

    /// "WordPiece"
    static var modelTypes: String { all.map { $0.modelType }.joined(separator: ", ") }
    static var classes: [String] { all.flatMap { $0.classes } }
}
