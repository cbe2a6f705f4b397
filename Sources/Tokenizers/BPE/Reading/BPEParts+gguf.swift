import TrainerSettings

extension BPEParts {
    /// - Throws: ``TokenizerError`` naming the file and the key that is damaged or not supported.
    init(_ parts: VocabularyParts) throws(TokenizerError) {
        self.init(path: parts.place)
        guard !parts.tokens.isEmpty else { throw fail("tokenizer.ggml.tokens is missing or empty") }
        guard parts.types.isEmpty || parts.types.count == parts.tokens.count else {
            throw fail("tokenizer.ggml.token_type has \(parts.types.count) entries, and there are \(parts.tokens.count) tokens")
        }
        switch parts.model {
        case "gpt2": try readBytePairs(parts)
        case "llama": try readScores(parts)
        default:
            throw fail("the tokenizer.ggml.model '\(parts.model)' is not supported (supported: gpt2, llama)")
        }
        model.prepare()
        try name(parts)
    }

    private func fail(_ problem: String) -> TokenizerError { TokenizerError(place: path, problem: problem) }

    /// The patterns that `tokenizer.ggml.pre` names.
    private static let patterns: [String: (normalization: [NormalizationStep], steps: [PreTokenizationStep])] = {
        let whole = PreTokenizationStep.byteLevel(prefixSpace: false, splits: false)
        let digitsFirst: [PreTokenizationStep] = [.digits(individual: true), .byteLevel(prefixSpace: false, splits: true)]
        return [
            "gpt-2": ([], [.byteLevel(prefixSpace: false, splits: true)]),
            "smollm": ([], digitsFirst), "starcoder": ([], digitsFirst), "refact": ([], digitsFirst),
            "llama-bpe": ([], [.pattern(.llama3), whole]), "llama3": ([], [.pattern(.llama3), whole]),
            "llama-v3": ([], [.pattern(.llama3), whole]),
            // The file does not say that these texts are composed first; their owner does.
            "qwen2": ([.composition], [.pattern(.qwen2), whole]),
            "deepseek-r1-qwen": ([.composition], [.pattern(.qwen2), whole]),
        ]
    }()

    private mutating func readBytePairs(_ parts: VocabularyParts) throws(TokenizerError) {
        let known = Self.patterns.keys.sorted().joined(separator: ", ")
        guard let name = parts.pattern else {
            throw fail("lacks tokenizer.ggml.pre, which says how texts are cut into words (known: \(known)); convert it again")
        }
        guard let pattern = Self.patterns[name] else {
            throw fail("the tokenizer.ggml.pre '\(name)' is not supported (supported: \(known))")
        }
        (normalization, preTokenization) = (parts.composes ? pattern.normalization : [], pattern.steps)
        decoding = [.byteLevel]
        model.takesWholeWords = name.hasPrefix("llama")
        try readTokens(parts)
        for (rank, merge) in parts.merges.enumerated() {
            let text = Array(merge.utf8)
            // A token may begin with a blank.
            guard let space = text.indices.dropFirst().first(where: { text[$0] == 0x20 }) else {
                throw fail("tokenizer.ggml.merges: entry \(rank + 1) is no two tokens with a blank between: '\(merge)'")
            }
            let (left, right) = (text[..<space], text[(space + 1)...])
            func known(_ token: [UInt8]) throws(TokenizerError) -> Int32 {
                guard let id = ByteAlphabet.decode(token).flatMap({ model.tokens.id(of: $0) }) ?? others[token] else {
                    let name = String(decoding: token, as: UTF8.self)
                    throw fail("tokenizer.ggml.merges: entry \(rank + 1) names '\(name)', which is no token")
                }
                return id
            }
            let (first, second) = (try known(Array(left)), try known(Array(right)))
            model.merges.insert(first, second, .init(rank: UInt32(rank), token: try known(Array(left + right))))
        }
    }

    /// SentencePiece's way: of all pairs that make a token, the token's score tells which merges first.
    private mutating func readScores(_ parts: VocabularyParts) throws(TokenizerError) {
        guard parts.scores.count == parts.tokens.count, parts.scores.allSatisfy({ !$0.isNaN }) else {
            throw fail("tokenizer.ggml.scores has \(parts.scores.count) numbers, and there are \(parts.tokens.count) tokens")
        }
        model.isByteLevel = false
        model.fallsBackToBytes = true
        let blank = StageReader.scalars("▁")
        normalization = [.replace([0x20], with: blank)]
        if parts.addsSpacePrefix ?? true { normalization.insert(.prepend(blank), at: 0) }
        decoding = [.replace(Array("▁".utf8), with: [0x20]), .byteFallback, .fuse]
        if parts.addsSpacePrefix ?? true { decoding.append(.strip([0x20], start: 1, end: 0)) }
        try readTokens(parts)
        let scores = Array(Set(parts.scores)).sorted(by: >)
        let ranks = scores.enumerated().reduce(into: [Float: UInt32]()) { $0[$1.element] = UInt32($1.offset) }
        var merges = MergeTable()
        for (id, token) in parts.tokens.enumerated() where Self.isPlain(parts.types, id) {
            let bytes = Array(token.utf8)
            guard bytes.count <= Self.longestPiece else {
                throw fail(
                    "tokenizer.ggml.tokens: entry \(id) has \(bytes.count) bytes, expected \(Self.longestPiece) at most")
            }
            for place in bytes.indices.dropFirst() where bytes[place] & 0xC0 != 0x80 {
                guard let left = model.tokens.id(of: bytes[..<place]), let right = model.tokens.id(of: bytes[place...]) else {
                    continue
                }
                merges.insert(left, right, .init(rank: ranks[parts.scores[id]] ?? 0, token: Int32(id)))
            }
        }
        model.merges = merges
        model.unknown = parts.unknown.map { Int32(truncatingIfNeeded: $0) }
        model.fusesUnknown = true
    }

    /// A piece is looked at from each of its places.
    private static let longestPiece = 512

    private static func isPlain(_ types: [Int], _ id: Int) -> Bool { types.isEmpty || types[id] == 1 || types[id] == 4 }

    private mutating func readTokens(_ parts: VocabularyParts) throws(TokenizerError) {
        for (id, token) in parts.tokens.enumerated() {
            let text = Array(token.utf8)
            let key = model.isByteLevel ? ByteAlphabet.decode(text) : text
            let isNew =
                key.map { model.tokens.insert($0, id: Int32(id)) } ?? (others.updateValue(Int32(id), forKey: text) == nil)
            guard isNew else { throw fail("tokenizer.ggml.tokens has '\(token)' twice") }
            let type = parts.types.isEmpty ? 1 : parts.types[id]
            guard (2...4).contains(type), !token.isEmpty else { continue }
            var own = AddedToken(token)
            own.stripsRight = parts.stripsRight(token)
            added.append((own, Int32(id)))
            if type != 4 { special.ids.insert(Int32(id)) }
        }
        idLimit = parts.tokens.count
    }

    private mutating func name(_ parts: VocabularyParts) throws(TokenizerError) {
        func token(_ id: Int?, _ key: String, usual: Int? = nil) throws(TokenizerError) -> SpecialTokens.Token? {
            guard let id = id ?? usual else { return nil }
            guard parts.tokens.indices.contains(id) else {
                throw fail("tokenizer.ggml.\(key) is \(id), and there are \(parts.tokens.count) tokens")
            }
            return SpecialTokens.Token(text: parts.tokens[id], id: Int32(id))
        }
        let isLlama = parts.model == "llama"
        let usual = isLlama ? (bos: 1, eos: 2) : (bos: 11, eos: 11)
        let hasUsual = parts.tokens.count > 11
        special.bos = try token(parts.bos, "bos_token_id", usual: hasUsual ? usual.bos : nil)
        special.eos = try token(parts.eos, "eos_token_id", usual: hasUsual ? usual.eos : nil)
        special.unk = try token(parts.unknown, "unknown_token_id")
        special.pad = try token(parts.padding, "padding_token_id")
        if parts.addsBOS ?? (isLlama || model.takesWholeWords), let bos = special.bos { start = [bos.id] }
        if parts.addsEOS ?? false, let eos = special.eos { end = [eos.id] }
    }
}
