/// A text's tokens, and the bytes of the text that each stands for.
package struct TextPieces: Sendable, Hashable {
    package internal(set) var ids: [Int32] = []
    /// UTF-8 offsets. Tokens that share a character have its whole range.
    package internal(set) var ranges: [Range<Int>] = []
}

/// A conversation's tokens, and which of them the assistant wrote.
package struct LabeledTokens: Sendable, Hashable {
    package let ids: [Int32]
    package let isAssistant: [Bool]
}
