import Checkpoints
import Tasks
import Tokenizers

/// Whether a file's tokenizer, as the program reads it that takes the file, cuts texts as the trial's does.
struct TokenizerCheck {
    private let own, other: any Tokenizer
    /// Whether the trial's composes letters and marks first (NFC).
    private let composes: Bool
    /// Tokens that a text names as they are written, special ones among them.
    private let added: Set<Int32>

    /// - Parameters:
    ///   - model: the trial's.
    ///   - draft: the GGUF file that was written.
    init(_ model: String, _ draft: String) throws {
        own = try ModelTokenizer.tokenizer(of: model)
        composes = own.encode("e\u{301}", special: false) == own.encode("\u{E9}", special: false)
        added = (own as? BPETokenizer)?.addedIDs ?? own.special.ids
        var parts = try VocabularyParts(GGUFFile(path: draft).metadata)
        // llama.cpp never does, which a note says: all else is compared.
        parts.composes = composes
        other = try TokenizerKinds.tokenizer(parts)
    }

    /// - Parameter rows: tokens of texts, those around each text among them.
    /// - Throws: ``ConversionError`` for a text that is cut otherwise.
    func check(_ rows: [[Int32]]) throws(ConversionError) {
        let around = own.encode("", special: true)
        guard other.encode("", special: true) == around else { throw refused("puts other tokens around each text") }
        for row in rows {
            let inner = row.starts(with: around) ? Array(row.dropFirst(around.count)) : row
            let text = own.decode(inner, skippingSpecial: false)
            guard isCutOtherwise(text) else { continue }
            guard addedTokens(in: text, own) == addedTokens(in: text, other) else {
                throw refused("finds other special tokens in the held-out text '\(text.prefix(80))'")
            }
            // What differs beside these, and in blanks that a text begins with, notes say.
            for part in inner.split(whereSeparator: added.contains) {
                let text = own.decode(Array(part), skippingSpecial: false).drop { $0 == " " }
                try compare(String(text), "held-out text")
            }
        }
        for text in Self.hard { try compare(text, "text") }
        let (differing, count) = ownTexts
        guard differing.count * 100 <= count else { throw refused("cuts the text '\(differing[0])' otherwise") }
    }

    /// What is cut otherwise of what not every training has, for people.
    var notes: [String] {
        var notes: [String] = []
        let lost = (own.idLimit > other.idLimit ? Array(other.idLimit..<own.idLimit) : []).map(text).filter { !$0.isEmpty }
        if !lost.isEmpty { notes.append("the file goes without \(Self.few(lost)): the model has no embeddings for that") }
        if [" a", "   a"].contains(where: isCutOtherwise) {
            notes.append("llama.cpp cuts a text that begins with a blank otherwise than this tokenizer")
        }
        let known = added.filter { $0 < other.idLimit && $0 != own.special.unk?.id }.sorted()
        let special = known.map { text(Int($0)) }.filter { token in
            !token.isEmpty && ["a\(token)b", "a\(token)\nb", "a \(token) b"].contains(where: isCutOtherwise)
        }
        if !special.isEmpty {
            notes.append(
                "llama.cpp cuts texts with special or added tokens in them, such as \(Self.few(special)), otherwise than this tokenizer "
                    + "(blanks or letters beside them); give it such prompts as tokens where that matters")
        }
        let (differing, count) = ownTexts
        if !differing.isEmpty {
            notes.append(
                "llama.cpp cuts the own texts of \(differing.count) of \(count) tokens otherwise than this tokenizer: \(Self.few(differing))"
            )
        }
        if composes {
            notes.append(
                "llama.cpp does not compose letters and marks (NFC) as this tokenizer does: give it texts that are composed")
        }
        return notes
    }

    private static let mostTokens = 1 << 14
    private static let hard = [
        "a  b   c\td\n\ne\r\n f ", "Hello, world 1234567!", "na\u{EF}ve \u{4E2D}\u{6587} \u{1F600}\u{200D}\u{1F680} e\u{301}",
        "x\u{0}y\u{7F}z\u{FFFD}", "if (a >= b) {\n        return a[i]++;\n}", "x\u{2581}a\u{2581}\u{2581}b", "aaaaaaa        a",
    ]

    /// Tokens' own texts, which are cut by all the pairs that make them: those that are cut otherwise, and how many there are.
    private var ownTexts: (differing: [String], count: Int) {
        let limit = min(own.idLimit, other.idLimit)
        let ids = stride(from: 0, to: limit, by: max(1, limit / Self.mostTokens))
        let texts = ids.map { own.decode([Int32($0)], skippingSpecial: true) }.filter { $0.first?.isWhitespace == false }
        return (texts.filter(isCutOtherwise), texts.count)
    }

    private func text(_ id: Int) -> String { own.decode([Int32(id)], skippingSpecial: false) }

    /// "'a', 'b', 'c' and 4 more"
    private static func few(_ texts: [String]) -> String {
        texts.prefix(3).map { "'\($0)'" }.joined(separator: ", ") + (texts.count > 3 ? " and \(texts.count - 3) more" : "")
    }

    private func addedTokens(in text: String, _ tokenizer: any Tokenizer) -> [Int32] {
        tokenizer.encode(text, special: false).filter(added.contains)
    }

    private func isCutOtherwise(_ text: String) -> Bool {
        own.encode(text, special: false) != other.encode(text, special: false)
    }

    private func compare(_ text: String, _ kind: String) throws(ConversionError) {
        guard isCutOtherwise(text) else { return }
        throw refused("cuts the \(kind) '\(text.prefix(80))' otherwise")
    }

    private func refused(_ problem: String) -> ConversionError {
        ConversionError(
            "--format gguf: llama.cpp has no tokenizer that does what this model's does: it \(problem); take --format merged"
        )
    }
}
