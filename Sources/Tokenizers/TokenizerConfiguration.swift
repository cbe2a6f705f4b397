import FoundationEssentials
import TrainerSettings

/// What a model folder says of its tokenizer beside the vocabulary: tokenizer_config.json and the small files of earlier years.
///
/// Which file counts for what is as Hugging Face's `from_pretrained` has it: where tokenizer_config.json lists `added_tokens_decoder`,
/// special_tokens_map.json and added_tokens.json do not count.
struct TokenizerConfiguration: Hashable {
    /// Of which class's defaults the rest is; nil: the files name none.
    var tokenizerClass: String?
    var flags = NormalizerFlags()
    var unknown = AddedToken("[UNK]")
    var start = AddedToken("[CLS]")
    var end = AddedToken("[SEP]")
    /// The other tokens with a name, such as the mask.
    var otherNamed = [AddedToken("[PAD]"), AddedToken("[MASK]")]
    /// Tokens whose ids the files give, rising.
    var stated: [Stated] = []
    /// Tokens to add without a given id, in this order.
    var additional: [AddedToken] = []
    /// Whether `stated` is the whole list.
    var listsAdded = false
    var given = Given()

    /// What the files themselves name, without a class's defaults.
    struct Given: Hashable {
        var bos, eos, pad, unk, cls, sep, mask: AddedToken?
        /// Whether a text gets these around it.
        var addsBOS, addsEOS: Bool?
        /// Whether a text that begins without a blank gets one.
        var addsPrefixSpace: Bool?
    }

    struct Stated: Hashable {
        var token: AddedToken
        var id: Int
        /// Whether the file gives flags, or the text alone.
        var hasFlags: Bool
        var file: String
    }

    init() {}

    /// Classes that take all from tokenizer.json.
    static let general = ["PreTrainedTokenizer", "TokenizersBackend"]

    /// The classes of models whose files name none, where it is not BERT's.
    private static let usual = ["roberta": RobertaClass.name, "xlm-roberta": XLMRobertaClass.name]

    /// Whether tokenizer.json counts as it is.
    var isGeneral: Bool { isOf(Self.general) }

    func isOf(_ classes: [String]) -> Bool { tokenizerClass.map { classes.contains(Self.plain($0)) } ?? false }

    /// Without the "Fast" that a class's name may end with.
    private static func plain(_ name: String) -> String { name.hasSuffix("Fast") ? String(name.dropLast(4)) : name }

    /// - Parameter anyClass: whether the class does not matter, as tokenizer.json says it all.
    /// - Throws: ``TokenizerError`` for a file that is there and cannot be read, or names what is not supported.
    init(folder: String, anyClass: Bool = false) throws(TokenizerError) {
        let path = folder + "/tokenizer_config.json"
        let file = try Self.read(File.self, path) ?? File()
        try take(file)
        let ofModel = try Self.read(ModelFile.self, folder + "/config.json")
        tokenizerClass = file.tokenizer_class ?? ofModel?.tokenizer_class ?? ofModel?.model_type.flatMap { Self.usual[$0] }
        if !anyClass { try checkClass(folder) }
        if let added = file.added_tokens_decoder {
            listsAdded = true
            try state(added, path)
        } else {
            if let map = try Self.read(File.self, folder + "/special_tokens_map.json") { try take(map) }
            try stateAdded(folder + "/added_tokens.json")
        }
    }

    /// What the file says; nil: there is none.
    static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws(TokenizerError) -> Value? {
        do throws(JSONInputError) {
            return try JSONInput.read(type, file: path)
        } catch {
            // A link that leads nowhere is no missing file: a part of the folder was not copied.
            guard !error.isMissing || (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil else {
                return nil
            }
            throw TokenizerError(place: error.place, problem: error.problem)
        }
    }

    private mutating func take(_ file: File) throws(TokenizerError) {
        flags.lowercase = file.do_lower_case ?? flags.lowercase
        flags.stripAccents = file.strip_accents ?? flags.stripAccents
        flags.separateIdeographs = file.tokenize_chinese_chars ?? flags.separateIdeographs
        unknown = file.unk_token?.token ?? unknown
        start = file.cls_token?.token ?? start
        end = file.sep_token?.token ?? end
        otherNamed = [file.pad_token?.token ?? otherNamed[0], file.mask_token?.token ?? otherNamed[1]]
        given.bos = given.bos ?? file.bos_token?.token
        given.eos = given.eos ?? file.eos_token?.token
        given.pad = given.pad ?? file.pad_token?.token
        given.unk = given.unk ?? file.unk_token?.token
        given.cls = given.cls ?? file.cls_token?.token
        given.sep = given.sep ?? file.sep_token?.token
        given.mask = given.mask ?? file.mask_token?.token
        given.addsPrefixSpace = given.addsPrefixSpace ?? file.add_prefix_space
        given.addsBOS = given.addsBOS ?? file.add_bos_token
        given.addsEOS = given.addsEOS ?? file.add_eos_token
        additional += [file.bos_token, file.eos_token].compactMap { $0?.token }
        additional += (file.additional_special_tokens?.tokens ?? []) + (file.extra_special_tokens?.tokens ?? [])
    }

    private func checkClass(_ folder: String) throws(TokenizerError) {
        guard let name = tokenizerClass, !isOf(TokenizerKinds.classes + Self.general) else { return }
        throw TokenizerError(
            place: folder + "/tokenizer_config.json",
            problem:
                "the tokenizer class '\(name)' is not supported (supported: \(TokenizerKinds.classes.joined(separator: ", ")),"
                + " and PreTrainedTokenizerFast with a \(TokenizerKinds.modelTypes) tokenizer.json)")
    }

    private mutating func state(_ added: [String: StatedToken], _ path: String) throws(TokenizerError) {
        for (key, value) in added {
            guard let id = Int(key), (0..<Int(Int32.max)).contains(id) else {
                throw TokenizerError(place: path, problem: "added_tokens_decoder: '\(key)' is no token's number")
            }
            stated.append(Stated(token: value.token, id: id, hasFlags: true, file: path))
        }
        stated.sort { $0.id < $1.id }
    }

    /// The tokens of added_tokens.json: text and id alone.
    private mutating func stateAdded(_ path: String) throws(TokenizerError) {
        guard try Self.read([String: Int].self, path) != nil, let data = try? RegularFile.read(path) else { return }
        let special = Set(([unknown, start, end] + otherNamed + additional).map(\.content))
        let bytes = Array(data)
        for member in JSONMembers(bytes) {
            guard let id = JSONMembers.number(bytes, in: member.value), (0..<Int(Int32.max)).contains(id) else {
                throw TokenizerError(place: path, problem: "found a token's number that is none")
            }
            let token = AddedToken(member.name, isNormalized: !special.contains(member.name))
            stated.append(Stated(token: token, id: id, hasFlags: false, file: path))
        }
        stated.sort { $0.id < $1.id }
    }
}

extension TokenizerConfiguration {
    // Named as the files name them, so that a decoding error names the key.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct File: Decodable {
        var tokenizer_class: String?
        var do_lower_case: Bool?
        var add_bos_token, add_eos_token, add_prefix_space: Bool?
        var strip_accents: Bool?
        var tokenize_chinese_chars: Bool?
        var unk_token, sep_token, pad_token, cls_token, mask_token, bos_token, eos_token: StatedToken?
        var additional_special_tokens, extra_special_tokens: TokenList?
        var added_tokens_decoder: [String: StatedToken]?
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct ModelFile: Decodable {
        var tokenizer_class: String?
        var model_type: String?
    }

    /// Tokens in a list, or as an object by names of their own.
    private struct TokenList: Decodable {
        let tokens: [AddedToken]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([StatedToken].self) {
                tokens = list.map(\.token)
            } else {
                tokens = try container.decode([String: StatedToken].self).sorted { $0.key < $1.key }.map(\.value.token)
            }
        }
    }
}
