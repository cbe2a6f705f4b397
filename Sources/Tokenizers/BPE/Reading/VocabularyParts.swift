/// What a GGUF file says of its tokenizer: its `tokenizer.ggml.*` keys.
package struct VocabularyParts: Sendable {
    /// The file, for messages.
    package var place: String
    /// `model`: "gpt2", "llama", ...
    package var model: String
    /// `pre`: by which pattern texts are cut; nil: the key is missing.
    package var pattern: String?
    package var tokens: [String]
    package var scores: [Float] = []
    /// 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
    package var types: [Int] = []
    package var merges: [String] = []
    package var bos, eos, unknown, padding: Int?
    package var addsBOS, addsEOS, addsSpacePrefix: Bool?
    /// Whether texts are composed where the pattern's owner does so, which files do not say.
    package var composes = true
    /// `general.name`.
    package var modelName: String?
    /// `tokenizer.chat_template`.
    package var chatTemplate: String?

    package init(place: String, model: String, pattern: String?, tokens: [String]) {
        (self.place, self.model, self.pattern, self.tokens) = (place, model, pattern, tokens)
    }
}
