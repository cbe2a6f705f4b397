/// The tokens that no text is made of.
package struct SpecialTokens: Sendable, Hashable {
    package struct Token: Sendable, Hashable {
        package let text: String
        package let id: Int32

        package init(text: String, id: Int32) { (self.text, self.id) = (text, id) }
    }

    /// What a text begins with.
    package internal(set) var bos: Token?
    /// What ends a text, and its generation.
    package internal(set) var eos: Token?
    package internal(set) var pad: Token?
    package internal(set) var unk: Token?
    /// All that are special, those with a name among them.
    package internal(set) var ids: Set<Int32> = []

    package init() {}

    /// As templates name them: "bos_token".
    var byName: [(name: String, text: String)] {
        [("bos_token", bos), ("eos_token", eos), ("pad_token", pad), ("unk_token", unk)].compactMap { name, token in
            token.map { (name, $0.text) }
        }
    }
}
