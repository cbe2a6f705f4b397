import Tasks
import Tokenizers

/// Whether a file's tokenizer, as the program reads it that takes the file, cuts texts as the trial's does.
struct TokenizerCheck {
    private let own, other: any Tokenizer

    /// - Parameters:
    ///   - model: the trial's.
    ///   - draft: what was written.
    init(_ model: String, _ draft: String) throws {
        (own, other) = (try ModelTokenizer.tokenizer(of: model), try ModelTokenizer.tokenizer(of: draft))
    }

    /// - Parameter rows: tokens of texts, those around each text among them.
    /// - Throws: ``ConversionError`` for a text that is cut otherwise.
    func check(_ rows: [[Int32]]) throws(ConversionError) {
        let around = own.encode("", special: true)
        guard other.encode("", special: true) == around else { throw refused("puts other tokens around each text") }
        for row in rows {
            let inner = row.starts(with: around) ? Array(row.dropFirst(around.count)) : row
            try compare(own.decode(inner, skippingSpecial: false), "held-out text")
        }
        for text in Self.hard { try compare(text, "text") }
        // A token's own text is cut by all the pairs that make it.
        let ids = stride(from: 0, to: own.idLimit, by: max(1, own.idLimit / Self.mostTokens))
        let texts = ids.map { own.decode([Int32($0)], skippingSpecial: true) }.filter { $0.first?.isWhitespace == false }
        let differing = texts.filter(isCutOtherwise)
        guard differing.count * 100 <= texts.count else { throw refused("cuts the text '\(differing[0])' otherwise") }
    }

    /// What is cut otherwise of what not every training has, for people.
    var notes: [String] {
        var notes: [String] = []
        if isCutOtherwise(" a") { notes.append("llama.cpp cuts a text that begins with a blank otherwise than this tokenizer") }
        let ids = own.special.ids.filter { $0 != own.special.unk?.id }.sorted()
        let special = ids.map { own.decode([$0], skippingSpecial: false) }
        if let token = special.first(where: { !$0.isEmpty && isCutOtherwise("a\($0)b") || isCutOtherwise("a\($0)\nb") }) {
            notes.append(
                "llama.cpp cuts texts with special tokens in them, such as '\(token)', otherwise than this tokenizer (a blank after it); "
                    + "give it such prompts as tokens where that matters")
        }
        return notes
    }

    private static let mostTokens = 1 << 14
    private static let hard = [
        "a  b   c\td\n\ne\r\n f ", "Hello, world 1234567!", "na\u{EF}ve \u{4E2D}\u{6587} \u{1F600}\u{200D}\u{1F680} e\u{301}",
        "x\u{0}y\u{7F}z\u{FFFD}", "if (a >= b) {\n        return a[i]++;\n}", "x\u{2581}a\u{2581}\u{2581}b", "aaaaaaa        a",
    ]

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
