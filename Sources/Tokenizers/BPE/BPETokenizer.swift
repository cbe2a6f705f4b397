/// Byte pair encoding as Hugging Face's tokenizers have it: GPT-2's, Llama's, Qwen's, SmolLM's.
///
/// Reads `tokenizer.json`, or the parts that a GGUF file has. A text goes through the stages one after another: tokens that are added
/// to the vocabulary are found as they are written, what lies between is normalized and cut into words, and the words become tokens.
package struct BPETokenizer: Tokenizer {
    package static let modelType = "BPE"
    package static let classes = [
        "GPT2Tokenizer", "Qwen2Tokenizer", "Qwen3Tokenizer", "LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer",
        "GPTNeoXTokenizer", "CohereTokenizer", RobertaClass.name,
    ]

    let model: BPEModel
    let normalization: [NormalizationStep]
    let preTokenization: [PreTokenizationStep]
    let added: AddedTokens
    private let start, end: [Int32]
    let decoder: TokenDecoder
    private let cache = WordCache()
    package let special: SpecialTokens
    package let idLimit: Int
    package let summary: String

    package init(_ files: TokenizerFiles) throws(TokenizerError) {
        if files.json == nil, files.configuration.isOf([RobertaClass.name]) {
            try self.init(RobertaClass.parts(files))
            return
        }
        guard let json = files.json else {
            throw TokenizerError(
                place: files.folder,
                problem:
                    "has no tokenizer.json, which the tokenizer class '\(files.configuration.tokenizerClass ?? "")' is read from"
            )
        }
        try self.init(BPEParts(json, files.configuration))
    }

    /// - Parameter type: of its model, for people.
    init(_ parts: BPEParts, of type: String = Self.modelType) throws(TokenizerError) {
        (model, normalization, preTokenization) = (parts.model, parts.normalization, parts.preTokenization)
        let normalization = normalization
        added = try AddedTokens(parts.added, place: parts.path) { content in
            Array(normalization.reduce(TextSpan(content)) { $1.apply($0) }.scalars)
        }
        (start, end, special) = (parts.start, parts.end, parts.special)
        decoder = TokenDecoder(parts)
        idLimit = max(parts.idLimit, parts.model.tokens.idLimit)
        let more = parts.added.count { parts.model.tokens.token($0.id) == nil }
        let file = parts.path.split(separator: "/").last.map(String.init) ?? parts.path
        summary = "\(type) of \(file), \(parts.model.tokens.count) tokens" + (more > 0 ? " and \(more) added" : "")
    }

    package func encode(_ text: String, maxLength: Int) -> [Int32] {
        var pass = BPEPass(self, limit: max(0, maxLength - start.count - end.count))
        cache.use { pass.run(text.unicodeScalars.map(\.value), &$0) }
        return start + pass.ids.prefix(pass.limit) + end
    }

    package func encode(_ text: String, special: Bool) -> [Int32] {
        var pass = BPEPass(self)
        cache.use { pass.run(text.unicodeScalars.map(\.value), &$0) }
        return special ? start + pass.ids + end : pass.ids
    }

    /// A text's tokens without any around it, each with the part of the text that it stands for.
    package func pieces(of text: String) -> TextPieces {
        let scalars = text.unicodeScalars.map(\.value)
        var pass = BPEPass(self, keepsRanges: true)
        cache.use { pass.run(scalars, &$0) }
        var offsets = [0]
        offsets.reserveCapacity(scalars.count + 1)
        for scalar in scalars { offsets.append(offsets[offsets.count - 1] + Unicode.Scalar.utf8Length(scalar)) }
        let ranges = pass.ranges.map { offsets[$0.lowerBound]..<offsets[$0.upperBound] }
        return TextPieces(ids: pass.ids, ranges: ranges)
    }

    package func encode(_ chat: RenderedChat) -> LabeledTokens {
        let pieces = pieces(of: chat.text)
        var spans = chat.assistant[...]
        let isAssistant = pieces.ranges.map { range in
            while let span = spans.first, span.upperBound <= range.lowerBound { spans.removeFirst() }
            return spans.first.map { $0.overlaps(range) } ?? false
        }
        return LabeledTokens(ids: pieces.ids, isAssistant: isAssistant)
    }

    /// Tokens that a text names as they are written.
    package var addedIDs: Set<Int32> { Set((added.written.entries + added.normalized.entries).map(\.id)) }

    package func decode(_ ids: [Int32], skippingSpecial: Bool) -> String {
        decoder.decode(skippingSpecial ? ids.filter { !special.ids.contains($0) } : ids)
    }
}

extension Unicode.Scalar {
    static func utf8Length(_ scalar: UInt32) -> Int { scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4 }
}
