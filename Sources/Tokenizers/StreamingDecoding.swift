/// Tokens that become a text one after another: each gives what is whole by then.
package struct StreamingDecoding: Sendable {
    private let tokenizer: any Tokenizer
    private let skippingSpecial: Bool
    /// The last ones: a token's text can depend on those before it, and those after it can make a character whole.
    private var ids: [Int32] = []
    /// How much of their text is out, in UTF-8.
    private var given = 0

    /// As many as a text is looked at again with.
    private static let most = 64

    init(_ tokenizer: any Tokenizer, skippingSpecial: Bool) {
        (self.tokenizer, self.skippingSpecial) = (tokenizer, skippingSpecial)
    }

    /// What a further token adds; empty as long as it ends inside a character.
    package mutating func append(_ id: Int32) -> String {
        ids.append(id)
        let text = tokenizer.decode(ids, skippingSpecial: skippingSpecial)
        // What is not whole decodes to replacement characters.
        var whole = text.unicodeScalars[...]
        while ids.count < Self.most, whole.last == "\u{FFFD}" { whole.removeLast() }
        let length = String(whole).utf8.count
        let new = String(decoding: text.utf8.prefix(length).dropFirst(given), as: UTF8.self)
        given = max(given, length)
        if given == text.utf8.count, ids.count >= Self.most / 2 { forget() }
        return new
    }

    /// What is left when no token follows.
    package mutating func finish() -> String {
        let text = tokenizer.decode(ids, skippingSpecial: skippingSpecial)
        defer { (ids, given) = ([], 0) }
        return String(decoding: text.utf8.dropFirst(given), as: UTF8.self)
    }

    /// All but a token, so that the next one is not taken for a text's first.
    private mutating func forget() {
        ids.removeFirst(ids.count - 1)
        given = tokenizer.decode(ids, skippingSpecial: skippingSpecial).utf8.count
    }
}
