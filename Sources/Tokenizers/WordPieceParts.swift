/// All that a WordPiece tokenizer consists of, whichever files of a model folder it was read from.
struct WordPieceParts {
    /// The file that has the vocabulary.
    let path: String
    let vocabulary: Vocabulary
    let flags: NormalizerFlags
    let continuingPrefix: String
    let longestWord: Int
    let unknown: Int32
    let start: Int32
    let end: Int32
    let added: [(token: AddedToken, id: Int32)]
    /// One more than the greatest id of those that the files name.
    let idLimit: Int

    /// Reads tokenizer.json where there is one, as Hugging Face does, else vocab.txt.
    ///
    /// - Throws: ``TokenizerError`` naming the file and what is wrong in it.
    init(_ files: TokenizerFiles) throws(TokenizerError) {
        let configuration = files.configuration
        if let json = files.json {
            try self.init(TokenizerJSON(json), configuration)
        } else if let text = files.path(of: "vocab.txt") {
            guard !configuration.isGeneral else {
                let name = configuration.tokenizerClass ?? ""
                throw TokenizerError(
                    place: files.folder, problem: "has no tokenizer.json, which the tokenizer class '\(name)' is read from")
            }
            try self.init(Vocabulary(file: text), configuration, path: text)
        } else {
            throw Self.noVocabulary(files)
        }
    }

    init(_ vocabulary: Vocabulary, _ configuration: TokenizerConfiguration, path: String) throws(TokenizerError) {
        guard let unknown = vocabulary.id(of: configuration.unknown.content) else {
            throw TokenizerError(
                place: path, problem: "has no line '\(configuration.unknown.text)', which every text needs")
        }
        var tokens = TokenNumbers(vocabulary, path: path)
        try tokens.add(configuration.stated)
        tokens.add(named: [
            configuration.unknown, configuration.end, configuration.otherNamed[0], configuration.start,
            configuration.otherNamed[1],
        ])
        tokens.add(configuration.additional)
        self.path = path
        self.vocabulary = vocabulary
        flags = configuration.flags
        continuingPrefix = "##"
        longestWord = 100
        self.unknown = unknown
        start = try tokens.id(of: configuration.start)
        end = try tokens.id(of: configuration.end)
        added = tokens.added
        idLimit = tokens.idLimit
    }

    /// - Throws: ``TokenizerError`` where tokenizer.json and the other files contradict each other: which of them counts then differs by
    ///   Hugging Face's versions.
    init(_ json: TokenizerJSON, _ configuration: TokenizerConfiguration) throws(TokenizerError) {
        if !configuration.isGeneral { try json.check(against: configuration) }
        let vocabulary = json.model.vocabulary
        guard let unknown = vocabulary.id(of: json.model.unknown) else {
            throw TokenizerError(place: json.path, problem: "the vocab lacks its unk_token '\(json.model.unknown)'")
        }
        var tokens = TokenNumbers(vocabulary, path: json.path)
        try tokens.add(json.stated(with: configuration))
        if !configuration.isGeneral {
            tokens.add(named: [
                configuration.unknown, configuration.end, configuration.otherNamed[0], configuration.start,
                configuration.otherNamed[1],
            ])
        }
        tokens.add(configuration.additional)
        for marker in [json.template.start, json.template.end] {
            let id = try tokens.id(of: AddedToken(marker.token))
            guard Int(id) == marker.id else {
                throw TokenizerError(
                    place: json.path, problem: "the post_processor gives '\(marker.token)' the id \(marker.id), the vocab \(id)"
                )
            }
        }
        path = json.path
        self.vocabulary = vocabulary
        flags = json.flags
        continuingPrefix = json.model.continuingPrefix
        longestWord = json.model.longestWord
        self.unknown = unknown
        start = Int32(json.template.start.id)
        end = Int32(json.template.end.id)
        added = tokens.added
        idLimit = tokens.idLimit
    }

    private static func noVocabulary(_ files: TokenizerFiles) -> TokenizerError {
        let others = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.json"]
        let found = others.first { files.path(of: $0) != nil }.map { "; it has \($0), which is not WordPiece" } ?? ""
        return TokenizerError(
            place: files.folder, problem: "has neither tokenizer.json nor vocab.txt for its tokenizer" + found)
    }
}

extension TokenizerJSON {
    /// The tokens that the files state, rising by id.
    ///
    /// - Throws: ``TokenizerError`` where two files say different things of one token.
    func stated(with configuration: TokenizerConfiguration) throws(TokenizerError) -> [TokenizerConfiguration.Stated] {
        var all = configuration.stated
        var places = Dictionary(all.enumerated().map { ($1.token.content, $0) }) { first, _ in first }
        for token in added {
            guard let id = token.id, (0..<Int(Int32.max)).contains(id) else {
                throw TokenizerError(place: path, problem: "the added token '\(token.token.text)' has no id")
            }
            if let index = places[token.token.content] {
                let other = all[index]
                guard other.id == id, !other.hasFlags || other.token == token.token else {
                    throw TokenizerError(
                        place: path,
                        problem:
                            "the added token '\(token.token.text)' has another id or other flags in \(other.file); make them agree"
                    )
                }
                all[index].token = token.token
            } else if configuration.listsAdded, model.vocabulary.id(of: token.token.content) == nil {
                throw TokenizerError(
                    place: path,
                    problem: "the added token '\(token.token.text)' is not in tokenizer_config.json's added_tokens_decoder;"
                        + " add it there, or take the list out")
            } else {
                places[token.token.content] = all.count
                all.append(.init(token: token.token, id: id, hasFlags: true, file: path))
            }
        }
        return all.sorted { $0.id < $1.id }
    }

    /// BertTokenizer takes some of these from tokenizer_config.json, or has them built in.
    func check(against configuration: TokenizerConfiguration) throws(TokenizerError) {
        let (ours, theirs) = (flags, configuration.flags)
        let pairs: [(name: String, here: String, there: String)] = [
            ("do_lower_case", "\(ours.lowercase)", "\(theirs.lowercase)"),
            ("strip_accents", "\(ours.stripsAccents)", "\(theirs.stripsAccents)"),
            ("tokenize_chinese_chars", "\(ours.separateIdeographs)", "\(theirs.separateIdeographs)"),
            ("unk_token", model.unknown, configuration.unknown.text),
            ("cls_token", template.start.token, configuration.start.text),
            ("sep_token", template.end.token, configuration.end.text),
            ("continuing_subword_prefix", model.continuingPrefix, "##"),
            ("max_input_chars_per_word", "\(model.longestWord)", "100"),
        ]
        guard let pair = pairs.first(where: { $0.here != $0.there }) else { return }
        throw TokenizerError(
            place: path,
            problem: "\(pair.name) is \(pair.here) here and \(pair.there) by tokenizer_config.json and its tokenizer class"
                + " '\(configuration.tokenizerClass ?? "BertTokenizer")'; make them agree")
    }
}
