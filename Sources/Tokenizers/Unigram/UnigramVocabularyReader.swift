import FoundationEssentials
import TrainerSettings

/// The model of a tokenizer.json whose type is Unigram: its tokens with their scores.
struct UnigramVocabularyReader {
    private let path: String
    private(set) var model = BPEModel()

    /// A piece is looked at from each of its places.
    private static let longestPiece = 512

    /// - Parameter range: where the model's object is in the file's bytes, which are valid JSON.
    init(_ bytes: [UInt8], _ range: Range<Int>, path: String) throws(TokenizerError) {
        self.path = path
        var (places, small): ([String: Int], [String: SettingValue]) = ([:], [:])
        var cursor = JSONCursor(bytes, at: range.lowerBound)
        cursor.members { name, value in
            let name = String(decoding: name, as: UTF8.self)
            places[name] = value.lowerBound
            guard name != "vocab", value.count < 1000 else { return }
            small[name] = try? JSONInput.decode(SettingValue.self, from: Data(bytes[value]), of: path)
        }
        guard let vocab = places["vocab"] else { throw fail("the model has no 'vocab'") }
        let tokens = try tokens(bytes, at: vocab)
        guard let unknown = small["unk_id"]?.integer else {
            throw fail("a Unigram model without an 'unk_id' is not supported: texts may have characters that are no tokens")
        }
        guard tokens.indices.contains(unknown) else {
            throw fail("the model's 'unk_id' is \(unknown), and there are \(tokens.count) tokens")
        }
        let fallsBack: Bool
        switch small["byte_fallback"] {
        case nil, .null?: fallsBack = false
        case .bool(let flag)?: fallsBack = flag
        default: throw fail("the model's 'byte_fallback' is no true or false")
        }
        model.isByteLevel = false
        model.unknown = Int32(unknown)
        for (id, token) in tokens.enumerated() { model.tokens.insert(token.text, id: Int32(id)) }
        model.unigram = UnigramModel(tokens, unknown: Int32(unknown), fallsBackToBytes: fallsBack)
        model.prepare()
    }

    private func fail(_ problem: String) -> TokenizerError { TokenizerError(place: path, problem: problem) }

    private func tokens(_ bytes: [UInt8], at start: Int) throws(TokenizerError) -> [(text: [UInt8], score: Double)] {
        var cursor = JSONCursor(bytes, at: start)
        guard cursor.open("[") else { throw fail("the model's vocab is no list of tokens with their scores") }
        var tokens: [(text: [UInt8], score: Double)] = []
        var text: [UInt8] = []
        while !cursor.closes() {
            guard cursor.open("["), !cursor.closes(), cursor.string(into: &text), !cursor.closes(),
                let score = Double(String(decoding: bytes[cursor.value()], as: UTF8.self)), score.isFinite, cursor.closes()
            else { throw fail("entry \(tokens.count + 1) of the model's vocab is no token with its score") }
            guard text.count <= Self.longestPiece else {
                throw fail(
                    "entry \(tokens.count + 1) of the model's vocab has \(text.count) bytes, expected \(Self.longestPiece) at most"
                )
            }
            tokens.append((text, score))
        }
        guard !tokens.isEmpty else { throw fail("the model's vocab has no tokens") }
        return tokens
    }
}
