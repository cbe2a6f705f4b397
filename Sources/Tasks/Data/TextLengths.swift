import Tokenizers

/// The lengths of some texts in tokens.
package struct TextLengths: Sendable, Hashable {
    private let lengths: [Int]

    /// - Throws: `TokenizerError` naming the file that is wrong.
    package init(of texts: [String], model: String) throws {
        let tokenizer = try ModelTokenizer.tokenizer(of: model)
        lengths = texts.map { tokenizer.encode($0, maxLength: Self.longest).count }
    }

    private static let longest = 1 << 20

    /// What a limit takes away, in words.
    package func cut(at limit: Int) -> String {
        let longest = lengths.max() ?? 0
        let many = lengths.count { $0 > limit }
        let looked = "the longest of \(lengths.count) looked at has \(longest) tokens"
        guard many > 0 else { return "max_length \(limit) cuts none: \(looked)" }
        let percent = 100 * Double(many) / Double(lengths.count)
        return "max_length \(limit) cuts \(percent < 1 ? "under 1" : "\(Int(percent.rounded()))") % of the texts: \(looked)"
    }
}
