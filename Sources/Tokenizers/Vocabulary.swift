import FoundationEssentials

/// The tokens of a vocab.txt, numbered by line from 0.
struct Vocabulary {
    let count: Int
    let trie: VocabularyTrie

    /// - Throws: ``TokenizerError`` for a file that is missing, empty or not in UTF-8.
    init(file path: String) throws(TokenizerError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TokenizerError(place: path, problem: "there is no such file, or it cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw TokenizerError(place: path, problem: "is not in UTF-8")
        }
        guard !text.isEmpty else { throw TokenizerError(place: path, problem: "is empty; expected one token on each line") }
        self.init(text: text)
    }

    init(text: String) {
        var trie = VocabularyTrie()
        var token: [UInt32] = []
        var line: Int32 = 0
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                trie.insert(Self.withoutCarriageReturn(token), value: line)
                token.removeAll(keepingCapacity: true)
                line += 1
            } else {
                token.append(scalar.value)
            }
        }
        if !token.isEmpty {
            trie.insert(Self.withoutCarriageReturn(token), value: line)
            line += 1
        }
        count = Int(line)
        self.trie = trie
    }

    func id(of token: String) -> Int32? {
        let scalars = token.unicodeScalars.map(\.value)
        guard let match = trie.longestMatch(in: scalars[...], from: VocabularyTrie.root), match.length == scalars.count else {
            return nil
        }
        return match.value
    }

    private static func withoutCarriageReturn(_ token: [UInt32]) -> ArraySlice<UInt32> {
        token.last == 0x0D ? token.dropLast() : token[...]
    }
}
