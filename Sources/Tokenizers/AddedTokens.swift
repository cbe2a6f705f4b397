/// Finds added tokens in a text: some in the text as it is, the others in its normal form.
struct AddedTokens {
    let written: TokenFinder
    let normalized: TokenFinder

    /// In a text that is nearly one of them at each place, each of its characters is looked at so often.
    static let longest = 256

    /// - Parameter normalize: gives a text's normal form.
    /// - Throws: ``TokenizerError`` for tokens that cannot be told apart once they are normalized.
    init(
        _ tokens: [(token: AddedToken, id: Int32)], place: String, normalize: (ArraySlice<UInt32>) -> [UInt32]
    ) throws(TokenizerError) {
        if let long = tokens.first(where: { $0.token.content.count > Self.longest })?.token {
            throw TokenizerError(
                place: place,
                problem:
                    "the added token '\(long.text.prefix(40))...' has \(long.content.count) characters, expected \(Self.longest) at most"
            )
        }
        written = TokenFinder(tokens.filter { !$0.token.isNormalized }.map { ($0.token.content, $0.token, $0.id) })
        var forms: [[UInt32]: AddedToken] = [:]
        var entries: [TokenFinder.Entry] = []
        for (token, id) in tokens where token.isNormalized {
            let form = normalize(token.content[...])
            guard !form.isEmpty else {
                throw TokenizerError(
                    place: place, problem: "nothing is left of the added token '\(token.text)' once it is normalized")
            }
            if let other = forms.updateValue(token, forKey: form) {
                throw TokenizerError(
                    place: place,
                    problem: "the added tokens '\(other.text)' and '\(token.text)' are the same once they are normalized")
            }
            entries.append((form, token, id))
        }
        normalized = TokenFinder(entries)
    }
}

/// Looks for tokens in some scalars, from the left, the longest of those that begin at one place.
struct TokenFinder {
    typealias Entry = (form: [UInt32], token: AddedToken, id: Int32)

    private var trie = VocabularyTrie()
    private var tokens: [AddedToken] = []
    private var ids: [Int32] = []
    /// By ASCII character, whether a token begins so.
    private var firsts = [Bool](repeating: false, count: 128)
    private var hasOtherFirsts = false

    init(_ entries: [Entry]) {
        for (form, token, id) in entries {
            guard let first = form.first else { continue }
            if first < 128 { firsts[Int(first)] = true } else { hasOtherFirsts = true }
            trie.insert(form[...], value: Int32(tokens.count))
            tokens.append(token)
            ids.append(id)
        }
    }

    var isEmpty: Bool { tokens.isEmpty }

    var entries: [(token: AddedToken, id: Int32)] { Array(zip(tokens, ids)) }

    /// The text cut into stretches: a token with its id, or what lies between two of them (nil).
    func stretches(of text: [UInt32]) -> [(range: Range<Int>, id: Int32?)] {
        guard !isEmpty else { return [(0..<text.count, nil)] }
        var stretches: [(range: Range<Int>, id: Int32?)] = []
        var (end, index) = (0, 0)
        while let found = next(in: text, from: index) {
            index = found.range.upperBound
            let token = tokens[found.entry]
            guard !token.isSingleWord || standsAlone(found.range, in: text) else { continue }
            var (start, stop) = (found.range.lowerBound, found.range.upperBound)
            if token.stripsLeft {
                while start > end, ScalarClasses.isUnicodeWhitespace(text[start - 1]) { start -= 1 }
            }
            if token.stripsRight {
                while stop < text.count, ScalarClasses.isUnicodeWhitespace(text[stop]) { stop += 1 }
            }
            if start > end { stretches.append((end..<start, nil)) }
            stretches.append((min(start, stop)..<stop, ids[found.entry]))
            end = stop
        }
        if end < text.count { stretches.append((end..<text.count, nil)) }
        return stretches
    }

    private func next(in text: [UInt32], from start: Int) -> (range: Range<Int>, entry: Int)? {
        guard start < text.count else { return nil }
        for index in start..<text.count {
            let scalar = text[index]
            guard scalar < 128 ? firsts[Int(scalar)] : hasOtherFirsts else { continue }
            if let match = trie.longestMatch(in: text[index...], from: VocabularyTrie.root) {
                return (index..<(index + match.length), Int(match.value))
            }
        }
        return nil
    }

    private func standsAlone(_ range: Range<Int>, in text: [UInt32]) -> Bool {
        let before = range.lowerBound == 0 || !ScalarClasses.isWordCharacter(text[range.lowerBound - 1])
        return before && (range.upperBound == text.count || !ScalarClasses.isWordCharacter(text[range.upperBound]))
    }
}
