import FoundationEssentials
import TrainerSettings

/// The model of a tokenizer.json whose type is BPE: its vocabulary and its merges.
struct BPEVocabularyReader {
    private let bytes: [UInt8]
    private var path: String
    private(set) var model = BPEModel()
    /// Tokens that no text gives, as they are not written in the byte alphabet.
    private(set) var others: [[UInt8]: Int32] = [:]

    /// - Parameters:
    ///   - range: where the model's object is in the file's bytes, which are valid JSON.
    ///   - isByteLevel: whether tokens are written in the byte alphabet.
    init(_ bytes: [UInt8], _ range: Range<Int>, isByteLevel: Bool, path: String) throws(TokenizerError) {
        (self.bytes, self.path) = (bytes, path)
        model.isByteLevel = isByteLevel
        var (places, small): ([String: Int], [String: SettingValue]) = ([:], [:])
        var cursor = JSONCursor(bytes, at: range.lowerBound)
        cursor.members { name, value in
            let name = String(decoding: name, as: UTF8.self)
            places[name] = value.lowerBound
            guard name != "vocab", name != "merges", value.count < 1000 else { return }
            small[name] = try? JSONInput.decode(SettingValue.self, from: Data(bytes[value]), of: path)
        }
        guard let vocab = places["vocab"] else { throw fail("the model has no 'vocab'") }
        guard let merges = places["merges"] else { throw fail("the model has no 'merges'") }
        try readVocabulary(vocab)
        try readFlags(small)
        try readMerges(merges)
        model.prepare()
    }

    /// Of two files: byte-level tokens with their ids as an object, and on each line two that merge.
    ///
    /// - Parameter paths: their names, for messages.
    init(
        vocabulary bytes: [UInt8], merges: [UInt8], paths: (vocabulary: String, merges: String)
    ) throws(TokenizerError) {
        (self.bytes, path) = (bytes, paths.vocabulary)
        model.isByteLevel = true
        try readVocabulary(0)
        path = paths.merges
        try readLines(merges)
        model.prepare()
    }

    private func fail(_ problem: String) -> TokenizerError { TokenizerError(place: path, problem: problem) }

    /// The bytes by which a token is looked up; nil: no text gives it.
    private func key(_ token: [UInt8]) -> [UInt8]? { model.isByteLevel ? ByteAlphabet.decode(token) : token }

    func id(of token: [UInt8]) -> Int32? { key(token).flatMap { model.tokens.id(of: $0) } ?? others[token] }

    private mutating func readVocabulary(_ start: Int) throws(TokenizerError) {
        var cursor = JSONCursor(bytes, at: start)
        guard cursor.open("{") else { throw fail("the model's vocab is no object with tokens") }
        var (token, count): ([UInt8], Int) = ([], 0)
        var greatest: (id: Int, token: [UInt8]) = (0, [])
        var pairs: [(token: [UInt8], id: Int32)] = []
        while !cursor.closes() {
            cursor.name(into: &token)
            guard let id = cursor.integer(), (0..<Int(Int32.max)).contains(id) else {
                throw fail("the model's vocab has a token whose number is none")
            }
            if id > greatest.id { greatest = (id, token) }
            count += 1
            pairs.append((token, Int32(id)))
        }
        guard count > 0 else { throw fail("the model's vocab is no object with tokens") }
        guard greatest.id < count + TokenTable.mostUnused else {
            let text = String(decoding: greatest.token, as: UTF8.self)
            throw fail("the token '\(text)' has the id \(greatest.id), and there are \(count) tokens")
        }
        for (token, id) in pairs {
            if let key = key(token) { model.tokens.insert(key, id: id) } else { others[token] = id }
        }
    }

    private mutating func readFlags(_ fields: [String: SettingValue]) throws(TokenizerError) {
        func flag(_ name: String) throws(TokenizerError) -> Bool {
            switch fields[name] {
            case nil, .null?: return false
            case .bool(let flag)?: return flag
            default: throw fail("the model's '\(name)' is no true or false")
            }
        }
        model.takesWholeWords = try flag("ignore_merges")
        model.fallsBackToBytes = try flag("byte_fallback")
        model.fusesUnknown = try flag("fuse_unk")
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let value = fields[name], value != .null, value != .string("") else { continue }
            throw fail("a BPE model with a '\(name)' is not supported")
        }
        if let dropout = fields["dropout"]?.number, dropout > 0 { throw fail("a BPE model with dropout is not supported") }
        if let name = fields["unk_token"]?.text {
            guard let id = id(of: Array(name.utf8)) else { throw fail("the vocab lacks its unk_token '\(name)'") }
            model.unknown = id
        }
    }

    private mutating func readMerges(_ start: Int) throws(TokenizerError) {
        var cursor = JSONCursor(bytes, at: start)
        guard cursor.open("[") else { throw fail("the model's merges are no list") }
        var (left, right, rank): ([UInt8], [UInt8], UInt32) = ([], [], 0)
        while !cursor.closes() {
            if cursor.string(into: &left) {
                guard let space = left.firstIndex(of: 0x20), left.count > space + 1 else {
                    throw fail(
                        "merge \(rank + 1) is no two tokens with a blank between: '\(String(decoding: left, as: UTF8.self))'")
                }
                right = Array(left[(space + 1)...])
                left.removeLast(left.count - space)
            } else {
                let isPair =
                    cursor.open("[") && !cursor.closes() && cursor.string(into: &left) && !cursor.closes()
                    && cursor.string(into: &right) && cursor.closes()
                guard isPair else { throw fail("merge \(rank + 1) is neither a text nor a list of two texts") }
            }
            try merge(left, right, rank)
            rank += 1
        }
    }

    private mutating func readLines(_ text: [UInt8]) throws(TokenizerError) {
        let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            let line = line.last == 0x0D ? line.dropLast() : line
            // What comes after the last line's end is none.
            guard !line.starts(with: "#version".utf8), !line.isEmpty || number < lines.count - 1 else { continue }
            let pair = line.split(separator: 0x20, omittingEmptySubsequences: false)
            guard pair.count == 2 else {
                let text = String(decoding: line.prefix(80), as: UTF8.self)
                throw fail("line \(number + 1) is no two tokens with a blank between: '\(text)'")
            }
            try merge(Array(pair[0]), Array(pair[1]), UInt32(number))
        }
    }

    private mutating func merge(_ left: [UInt8], _ right: [UInt8], _ rank: UInt32) throws(TokenizerError) {
        func known(_ token: [UInt8]) throws(TokenizerError) -> Int32 {
            guard let id = id(of: token) else {
                throw fail(
                    "merge \(rank + 1) names the token '\(String(decoding: token, as: UTF8.self))', which the vocab lacks")
            }
            return id
        }
        let (first, second) = (try known(left), try known(right))
        model.merges.insert(first, second, .init(rank: rank, token: try known(left + right)))
    }
}
