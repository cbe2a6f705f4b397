/// BERT's tokenizer: the ids that Hugging Face's BertTokenizer gives for the same folder.
///
/// Reads `vocab.txt` and, where it is there, `tokenizer_config.json`.
package struct WordPieceTokenizer: Sendable {
    private let vocabulary: Vocabulary
    private let normalizer: BertNormalizer
    private let special: SpecialTokens
    private let unknown, start, end: Int32
    private let continuation: VocabularyTrie.Node?
    /// Longer words are unknown as a whole.
    private static let longestWord = 100

    /// - Throws: ``TokenizerError`` for a vocabulary that is missing, empty or lacks a token that every text needs.
    package init(folder: String) throws(TokenizerError) {
        let configuration = try TokenizerConfiguration(file: folder + "/tokenizer_config.json")
        let path = folder + "/vocab.txt"
        try self.init(Vocabulary(file: path), configuration, path: path)
    }

    init(_ vocabulary: Vocabulary, _ configuration: TokenizerConfiguration, path: String) throws(TokenizerError) {
        func id(_ token: String) throws(TokenizerError) -> Int32 {
            guard let id = vocabulary.id(of: token) else {
                throw TokenizerError(place: path, problem: "has no line '\(token)', which every text needs")
            }
            return id
        }
        self.vocabulary = vocabulary
        normalizer = BertNormalizer(configuration)
        special = SpecialTokens(configuration.special, in: vocabulary)
        unknown = try id(configuration.unknown)
        start = try id(configuration.start)
        end = try id(configuration.end)
        continuation = vocabulary.trie.node(after: [0x23, 0x23])
    }

    package var vocabularySize: Int { vocabulary.count }

    /// The text's ids between the start's and the end's, cut to `maxLength` (at least 2) with both of these counted.
    package func encode(_ text: String, maxLength: Int) -> [Int32] {
        let limit = maxLength - 1
        let scalars = text.unicodeScalars.map(\.value)
        var ids = [start]
        var position = 0
        while position < scalars.count, ids.count < limit {
            let match = special.next(in: scalars, from: position)
            let stretch = position..<(match?.range.lowerBound ?? scalars.count)
            encode(normalizer.normalize(scalars[stretch]), limit: limit, into: &ids)
            if let match { ids.append(match.id) }
            position = match?.range.upperBound ?? scalars.count
        }
        if ids.count > limit { ids.removeLast(ids.count - limit) }
        ids.append(end)
        return ids
    }

    /// Splits at spaces and around punctuation, and appends the pieces of each word until there are enough.
    private func encode(_ scalars: [UInt32], limit: Int, into ids: inout [Int32]) {
        var wordStart = 0
        func close(at index: Int) {
            if index > wordStart { appendPieces(of: scalars[wordStart..<index], to: &ids) }
        }
        for (index, scalar) in scalars.enumerated() {
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
        close(at: scalars.count)
    }

    /// The longest pieces from the left; one unknown token where they do not cover the word.
    private func appendPieces(of word: ArraySlice<UInt32>, to ids: inout [Int32]) {
        let before = ids.count
        var rest = word
        var node: VocabularyTrie.Node? = VocabularyTrie.root
        while !rest.isEmpty {
            guard word.count <= Self.longestWord, let from = node,
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

    private static func isAlphanumeric(_ scalar: UInt32) -> Bool {
        (0x61...0x7A).contains(scalar) || (0x41...0x5A).contains(scalar) || (0x30...0x39).contains(scalar)
    }
}
