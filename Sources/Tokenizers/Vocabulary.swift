import FoundationEssentials
import TrainerSettings

/// Tokens by their ids: the lines of a vocab.txt, numbered from 0, or the pairs of a tokenizer.json.
struct Vocabulary {
    /// Different tokens: the id that Hugging Face gives the first token that is added.
    private(set) var count = 0
    /// One more than the greatest id.
    private(set) var idLimit = 0
    private(set) var trie = VocabularyTrie()

    /// - Throws: ``TokenizerError`` for a file that is missing, empty or not in UTF-8.
    init(file path: String) throws(TokenizerError) {
        let data: Data
        do throws(RegularFileError) {
            data = try RegularFile.read(path, atMost: JSONInput.largest)
        } catch {
            throw TokenizerError(place: error.path, problem: error.problem)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw TokenizerError(place: path, problem: "is not in UTF-8")
        }
        guard !text.isEmpty else { throw TokenizerError(place: path, problem: "is empty; expected one token on each line") }
        self.init(text: text)
    }

    init(text: String) {
        var token: [UInt32] = []
        var line = 0
        var hasEmptyLine = false
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                hasEmptyLine = hasEmptyLine || token.isEmpty
                insert(Self.withoutCarriageReturn(token), id: line)
                token.removeAll(keepingCapacity: true)
                line += 1
            } else {
                token.append(scalar.value)
            }
        }
        insert(Self.withoutCarriageReturn(token), id: line)
        // Hugging Face counts the empty token too.
        if hasEmptyLine { count += 1 }
    }

    /// - Parameter tokens: each with an id from 0 to the greatest Int32.
    init(tokens: [(token: [UInt32], id: Int)]) {
        for (token, id) in tokens { insert(token[...], id: id) }
    }

    func id(of token: [UInt32]) -> Int32? {
        guard let match = trie.longestMatch(in: token[...], from: VocabularyTrie.root), match.length == token.count else {
            return nil
        }
        return match.value
    }

    func id(of token: String) -> Int32? { id(of: token.unicodeScalars.map(\.value)) }

    private mutating func insert(_ token: ArraySlice<UInt32>, id: Int) {
        guard !token.isEmpty else { return }
        if trie.insert(token, value: Int32(id)) { count += 1 }
        idLimit = max(idLimit, id + 1)
    }

    private static func withoutCarriageReturn(_ token: [UInt32]) -> ArraySlice<UInt32> {
        token.last == 0x0D ? token.dropLast() : token[...]
    }
}
