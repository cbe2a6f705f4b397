/// All that a BPE tokenizer consists of, whichever file it was read from.
struct BPEParts {
    /// The file, for messages.
    var path: String
    var model = BPEModel()
    /// Tokens that no text gives, by their text.
    var others: [[UInt8]: Int32] = [:]
    var normalization: [NormalizationStep] = []
    var preTokenization: [PreTokenizationStep] = []
    var decoding: [TokenDecoder.Step] = []
    var added: [(token: AddedToken, id: Int32)] = []
    /// What stands before and after each text.
    var start: [Int32] = []
    var end: [Int32] = []
    var special = SpecialTokens()
    /// One more than the greatest id.
    var idLimit = 0

    init(path: String) { self.path = path }

    /// The id of a token by its text, added ones among them.
    func id(of text: String) -> Int32? {
        let scalars = text.unicodeScalars.map(\.value)
        return added.first { $0.token.content == scalars }?.id ?? ofModel(text)
    }

    func ofModel(_ text: String) -> Int32? {
        let utf8 = Array(text.utf8)
        let key = model.isByteLevel ? ByteAlphabet.decode(utf8) : utf8
        return key.flatMap { model.tokens.id(of: $0) } ?? others[utf8]
    }

    func token(named text: String?) -> SpecialTokens.Token? {
        text.flatMap { text in id(of: text).map { SpecialTokens.Token(text: text, id: $0) } }
    }
}
