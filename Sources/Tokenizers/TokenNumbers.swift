/// The ids of tokens that are added to a vocabulary, given as Hugging Face gives them: a token of the vocabulary keeps its own, each
/// other one gets the next free one.
struct TokenNumbers {
    /// The id of a token of the vocabulary.
    private let known: ([UInt32]) -> Int32?
    /// The vocabulary's file.
    private let path: String
    private(set) var added: [(token: AddedToken, id: Int32)] = []
    /// One more than the greatest id of the vocabulary and of the tokens that a file names.
    private(set) var idLimit: Int
    private var numbered: [[UInt32]: Int32] = [:]
    private var next: Int

    init(_ vocabulary: Vocabulary, path: String) {
        self.init(count: vocabulary.count, idLimit: vocabulary.idLimit, path: path) { vocabulary.id(of: $0) }
    }

    /// - Parameters:
    ///   - count: the vocabulary's tokens.
    ///   - known: the id of a token of the vocabulary.
    init(count: Int, idLimit: Int, path: String, known: @escaping ([UInt32]) -> Int32?) {
        (self.known, self.path, self.idLimit, next) = (known, path, idLimit, count)
    }

    /// - Throws: ``TokenizerError`` for a token whose stated id is not the one that it gets.
    mutating func add(_ stated: [TokenizerConfiguration.Stated]) throws(TokenizerError) {
        for entry in stated where !entry.token.content.isEmpty {
            let isKnown = known(entry.token.content) != nil
            let id = number(entry.token)
            guard id == entry.id else {
                let reason =
                    isKnown ? "\(path) has it as \(id)" : "the next free id is \(id), and Hugging Face gives it that one"
                throw TokenizerError(
                    place: entry.file, problem: "the added token '\(entry.token.text)' has the id \(entry.id), and \(reason)")
            }
            idLimit = max(idLimit, entry.id + 1)
        }
    }

    mutating func add(_ tokens: [AddedToken]) {
        for token in tokens where !token.content.isEmpty { idLimit = max(idLimit, number(token) + 1) }
    }

    /// Tokens that are there by their class's defaults: a model need not have rows for those that no text names.
    mutating func add(named tokens: [AddedToken]) {
        for token in tokens where !token.content.isEmpty { _ = number(token) }
    }

    /// - Throws: ``TokenizerError`` for one that is nowhere.
    func id(of token: AddedToken) throws(TokenizerError) -> Int32 {
        guard let id = known(token.content) ?? numbered[token.content].flatMap({ Int($0) < idLimit ? $0 : nil }) else {
            throw TokenizerError(place: path, problem: "has no line '\(token.text)', which every text needs")
        }
        return id
    }

    private mutating func number(_ token: AddedToken) -> Int {
        if let id = numbered[token.content] { return Int(id) }
        let id = known(token.content) ?? Int32(next)
        if Int(id) >= next { next = Int(id) + 1 }
        numbered[token.content] = id
        added.append((token, id))
        return Int(id)
    }
}
