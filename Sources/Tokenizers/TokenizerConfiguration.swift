import TrainerSettings

/// What tokenizer_config.json says about a BERT tokenizer; what it leaves open has the defaults of Hugging Face's BertTokenizer.
struct TokenizerConfiguration: Hashable {
    var lowercase = true
    /// nil: accents go when letters are lower-cased.
    var stripAccents: Bool?
    var separateIdeographs = true
    var unknown = "[UNK]"
    var start = "[CLS]"
    var end = "[SEP]"
    /// Tokens that a text may name as they are written here.
    var special = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"]

    init() {}

    /// - Throws: ``TokenizerError`` where the file is there and is no JSON object of the expected kind.
    init(file path: String) throws(TokenizerError) {
        let file: File
        do throws(JSONInputError) {
            file = try JSONInput.read(File.self, file: path)
        } catch {
            if error.isMissing { return }
            throw TokenizerError(place: error.place, problem: error.problem)
        }
        lowercase = file.doLowerCase ?? lowercase
        stripAccents = file.stripAccents
        separateIdeographs = file.tokenizeChineseChars ?? separateIdeographs
        unknown = file.unkToken?.content ?? unknown
        start = file.clsToken?.content ?? start
        end = file.sepToken?.content ?? end
        let added = (file.addedTokensDecoder ?? [:]).values
        if let token = added.first(where: { !$0.isPlain }) {
            throw TokenizerError(
                place: path,
                problem: "the added token '\(token.content)' strips or normalizes its surroundings, which is not supported")
        }
        special =
            [unknown, end, file.padToken?.content ?? "[PAD]", start, file.maskToken?.content ?? "[MASK]"]
            + added.map(\.content).sorted()
    }
}

extension TokenizerConfiguration {
    private struct File: Decodable {
        var doLowerCase: Bool?
        var stripAccents: Bool?
        var tokenizeChineseChars: Bool?
        var unkToken, sepToken, padToken, clsToken, maskToken: Token?
        var addedTokensDecoder: [String: Token]?

        enum CodingKeys: String, CodingKey {
            case doLowerCase = "do_lower_case"
            case stripAccents = "strip_accents"
            case tokenizeChineseChars = "tokenize_chinese_chars"
            case unkToken = "unk_token"
            case sepToken = "sep_token"
            case padToken = "pad_token"
            case clsToken = "cls_token"
            case maskToken = "mask_token"
            case addedTokensDecoder = "added_tokens_decoder"
        }
    }

    /// A token by its text alone, or as an object with flags.
    private struct Token: Decodable {
        var content: String
        var isPlain = true

        enum CodingKeys: String, CodingKey {
            case content, lstrip, rstrip, normalized
            case singleWord = "single_word"
        }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                content = text
                return
            }
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            content = try fields.decode(String.self, forKey: .content)
            for flag in [CodingKeys.lstrip, .rstrip, .normalized, .singleWord] {
                if try fields.decodeIfPresent(Bool.self, forKey: flag) == true { isPlain = false }
            }
        }
    }
}
