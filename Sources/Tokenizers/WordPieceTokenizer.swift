/// BERT's tokenizer: the ids that Hugging Face's BertTokenizer gives for the same folder.
///
/// Reads `tokenizer.json`, else `vocab.txt`, and where they are there the other files of ``TokenizerFiles``.
package struct WordPieceTokenizer: Tokenizer {
    package static let modelType = "WordPiece"
    /// Read with the defaults of BertTokenizer.
    package static let classes = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer"]

    private let vocabulary: Vocabulary
    /// What a piece begins with that goes on with a word.
    let continuingPrefix: String
    private let normalizer: BertNormalizer
    private let added: AddedTokens
    private let unknown, start, end: Int32
    private let continuation: VocabularyTrie.Node?
    /// Longer words are unknown as a whole.
    private let longestWord: Int
    package let special: SpecialTokens
    package let idLimit: Int
    package let summary: String

    package init(_ files: TokenizerFiles) throws(TokenizerError) {
        try self.init(WordPieceParts(files))
    }

    init(_ parts: WordPieceParts) throws(TokenizerError) {
        vocabulary = parts.vocabulary
        normalizer = BertNormalizer(parts.flags)
        added = try AddedTokens(parts.added, place: parts.path, normalize: normalizer.normalize)
        (unknown, start, end) = (parts.unknown, parts.start, parts.end)
        continuingPrefix = parts.continuingPrefix
        var special = SpecialTokens()
        special.ids = Set([unknown, start, end] + parts.added.filter { !$0.token.isNormalized }.map(\.id))
        self.special = special
        continuation = parts.vocabulary.trie.node(after: parts.continuingPrefix.unicodeScalars.map(\.value))
        longestWord = parts.longestWord
        idLimit = parts.idLimit
        let more = parts.added.count { Int($0.id) < parts.idLimit && parts.vocabulary.id(of: $0.token.content) == nil }
        let file = parts.path.split(separator: "/").last.map(String.init) ?? parts.path
        summary = "\(Self.modelType) of \(file), \(parts.vocabulary.count) tokens" + (more > 0 ? " and \(more) added" : "")
    }

    /// The text's ids between the start's and the end's, cut to `maxLength` (at least 2) with both of these counted.
    package func encode(_ text: String, maxLength: Int) -> [Int32] {
        let limit = maxLength - 1
        let scalars = text.unicodeScalars.map(\.value)
        var ids = [start]
        for stretch in added.written.stretches(of: scalars) where ids.count < limit {
            if let id = stretch.id {
                ids.append(id)
            } else {
                encodeNormalized(normalizer.normalize(scalars[stretch.range]), limit: limit, into: &ids)
            }
        }
        if ids.count > limit { ids.removeLast(ids.count - limit) }
        ids.append(end)
        return ids
    }

    private func encodeNormalized(_ scalars: [UInt32], limit: Int, into ids: inout [Int32]) {
        guard !added.normalized.isEmpty else { return encode(scalars[...], limit: limit, into: &ids) }
        for stretch in added.normalized.stretches(of: scalars) where ids.count < limit {
            if let id = stretch.id { ids.append(id) } else { encode(scalars[stretch.range], limit: limit, into: &ids) }
        }
    }

    /// Splits at spaces and around punctuation, and appends the pieces of each word until there are enough.
    private func encode(_ scalars: ArraySlice<UInt32>, limit: Int, into ids: inout [Int32]) {
        var wordStart = scalars.startIndex
        func close(at index: Int) {
            if index > wordStart { appendPieces(of: scalars[wordStart..<index], to: &ids) }
        }
        for index in scalars.indices {
            let scalar = scalars[index]
            if scalar == 0x20 {
                close(at: index)
                wordStart = index + 1
            } else if !Self.isAlphanumeric(scalar), ScalarClasses.isPunctuation(scalar) {
                close(at: index)
                wordStart = index
                close(at: index + 1)
                wordStart = index + 1
            }
            if ids.count >= limit { return }
        }
        close(at: scalars.endIndex)
    }

    /// The longest pieces from the left; one unknown token where they do not cover the word.
    private func appendPieces(of word: ArraySlice<UInt32>, to ids: inout [Int32]) {
        let before = ids.count
        var rest = word
        var node: VocabularyTrie.Node? = VocabularyTrie.root
        while !rest.isEmpty {
            guard word.count <= longestWord, let from = node,
                let match = vocabulary.trie.longestMatch(in: rest, from: from)
            else {
                ids.removeLast(ids.count - before)
                return ids.append(unknown)
            }
            ids.append(match.value)
            rest = rest.dropFirst(match.length)
            node = continuation
        }
    }

    /// Each id's token, those that are added among them.
    func tokensByID() -> [Int32: String] {
        var tokens = vocabulary.trie.entries()
        for (token, id) in added.written.entries + added.normalized.entries { tokens[id] = token.text }
        return tokens
    }

    private static func isAlphanumeric(_ scalar: UInt32) -> Bool {
        (0x61...0x7A).contains(scalar) || (0x41...0x5A).contains(scalar) || (0x30...0x39).contains(scalar)
    }
}
