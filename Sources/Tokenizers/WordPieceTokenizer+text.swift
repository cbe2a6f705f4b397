extension WordPieceTokenizer {
    package func encode(_ text: String, special: Bool) -> [Int32] {
        let ids = encode(text, maxLength: .max)
        return special ? ids : Array(ids.dropFirst().dropLast())
    }

    /// Each span by itself: no word goes from one into another.
    package func encode(_ chat: RenderedChat) -> LabeledTokens {
        var (ids, isAssistant): ([Int32], [Bool]) = ([], [])
        for (text, label) in chat.stretches {
            let part = encode(text, special: false)
            ids += part
            isAssistant += part.map { _ in label }
        }
        return LabeledTokens(ids: ids, isAssistant: isAssistant)
    }

    package func decode(_ ids: [Int32], skippingSpecial: Bool) -> String {
        let tokens = tokensByID()
        var parts: [String] = []
        for id in ids where !skippingSpecial || !special.ids.contains(id) {
            guard let token = tokens[id] else { continue }
            let isFirst = parts.isEmpty
            let goesOn = !isFirst && token.hasPrefix(continuingPrefix)
            let part = isFirst ? token : goesOn ? String(token.dropFirst(continuingPrefix.count)) : " " + token
            parts.append(Self.contractions.reduce(part) { $0.replacing($1.found, with: $1.meant) })
        }
        return parts.joined()
    }

    /// What Hugging Face's decoder puts together again, in its order.
    private static let contractions: [(found: String, meant: String)] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]
}
