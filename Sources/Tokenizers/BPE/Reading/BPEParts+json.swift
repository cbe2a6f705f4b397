import TrainerSettings

extension BPEParts {
    /// Reads a tokenizer.json, and from tokenizer_config.json which tokens are special.
    ///
    /// - Throws: ``TokenizerError`` naming the file and the part that is damaged or not supported.
    init(_ json: TokenizerJSON.Contents, _ configuration: TokenizerConfiguration) throws(TokenizerError) {
        self.init(path: json.path)
        func part(_ name: String) throws(TokenizerError) -> JSONPart? {
            try JSONPart(json.value(of: name), name: name, path: json.path)
        }
        normalization = try StageReader.normalization(part("normalizer"))
        preTokenization = try StageReader.preTokenization(part("pre_tokenizer"))
        decoding = try StageReader.decoding(part("decoder"))
        try StageReader.check(normalization.map(\.growth), of: "normalizer", in: path)
        try StageReader.check(preTokenization.map { _ in 1 }, of: "pre_tokenizer", in: path)
        try StageReader.check(decoding.map(\.growth), of: "decoder", in: path)
        let places = preTokenization.indices.filter { if case .byteLevel = preTokenization[$0] { true } else { false } }
        let isByteLevel = !places.isEmpty
        guard places.isEmpty || places == [preTokenization.count - 1] else {
            throw TokenizerError(place: path, problem: "a ByteLevel pre_tokenizer with another one after it is not supported")
        }
        guard isByteLevel == (decoding == [.byteLevel]) else {
            throw TokenizerError(
                place: path, problem: "a ByteLevel pre_tokenizer without a ByteLevel decoder, or the reverse, is not supported")
        }
        guard let range = json.range(of: "model") else { throw TokenizerError(place: path, problem: "has no 'model'") }
        if json.modelType == UnigramTokenizer.modelType {
            guard !isByteLevel else { throw TokenizerError(place: path, problem: "a Unigram model of bytes is not supported") }
            model = try UnigramVocabularyReader(json.bytes, range, path: path).model
        } else {
            let reader = try BPEVocabularyReader(json.bytes, range, isByteLevel: isByteLevel, path: path)
            (model, others) = (reader.model, reader.others)
        }
        try number(json.addedTokens(), configuration)
        try name(configuration, json)
        try RobertaClass.check(self, configuration)
        try XLMRobertaClass.check(self, configuration)
    }

    /// Gives the added tokens their ids.
    private mutating func number(
        _ stated: [StatedToken], _ configuration: TokenizerConfiguration
    ) throws(TokenizerError) {
        let read = self
        let count = model.tokens.count + others.count
        let limit = max(model.tokens.idLimit, others.values.map { Int($0) + 1 }.max() ?? 0)
        var numbers = TokenNumbers(count: count, idLimit: limit, path: path) { content in
            read.ofModel(AddedToken(content, isNormalized: false).text)
        }
        var all: [TokenizerConfiguration.Stated] = []
        for token in stated {
            guard let id = token.id, (0..<Int(Int32.max)).contains(id) else {
                throw TokenizerError(place: path, problem: "the added token '\(token.token.text)' has no id")
            }
            all.append(.init(token: token.token, id: id, hasFlags: true, file: path))
        }
        var places = Dictionary(all.enumerated().map { ($1.token.content, $0) }) { first, _ in first }
        for other in configuration.stated {
            guard let same = places[other.token.content].map({ all[$0] }) else {
                places[other.token.content] = all.count
                all.append(other)
                continue
            }
            guard same.id == other.id, !other.hasFlags || other.token == same.token else {
                throw TokenizerError(
                    place: path,
                    problem:
                        "the added token '\(other.token.text)' has another id or other flags in \(other.file); make them agree")
            }
        }
        try numbers.add(all.sorted { $0.id < $1.id })
        numbers.add(configuration.additional + [configuration.given.pad, configuration.given.unk].compactMap { $0 })
        added = numbers.added
        idLimit = numbers.idLimit
        let named = configuration.additional + [configuration.given.pad, configuration.given.unk].compactMap { $0 }
        let marked = stated.filter(\.isSpecial).map(\.token.content) + named.map(\.content)
        let contents = Set(marked)
        special.ids = Set(added.filter { contents.contains($0.token.content) }.map(\.id))
    }

    private mutating func name(
        _ configuration: TokenizerConfiguration, _ json: TokenizerJSON.Contents
    ) throws(TokenizerError) {
        let given = configuration.given
        special.bos = token(named: given.bos?.text)
        special.eos = token(named: given.eos?.text)
        special.pad = token(named: given.pad?.text)
        special.unk = token(named: given.unk?.text)
        let processor = try JSONPart(json.value(of: "post_processor"), name: "post_processor", path: path)
        // As transformers does: where tokenizer_config.json says what is added, the post-processor does not count.
        if given.addsBOS != nil || given.addsEOS != nil || processor == nil {
            if given.addsBOS == true, let bos = special.bos { start = [bos.id] }
            if given.addsEOS == true, let eos = special.eos { end = [eos.id] }
        } else {
            let framing = try StageReader.framing(processor)
            start = try ids(framing.start)
            end = try ids(framing.end)
        }
    }

    private func ids(_ framing: [Framing]) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        for token in framing {
            for id in token.ids {
                guard (0..<idLimit).contains(id) else {
                    throw TokenizerError(
                        place: path, problem: "the post_processor gives '\(token.token)' the id \(id), which no token has")
                }
                ids.append(Int32(id))
            }
        }
        return ids
    }
}
