package import Checkpoints
package import Tokenizers

extension VocabularyParts {
    /// What a GGUF file's keys say of its tokenizer.
    ///
    /// - Throws: `CheckpointError` for a key that is missing or of another type.
    package init(_ metadata: GGUFMetadata) throws(CheckpointError) {
        func key(_ name: String) -> String { "tokenizer.ggml." + name }
        let model = try metadata.required(metadata.string(key("model")), key("model"))
        self.init(
            place: metadata.path, model: model, pattern: try metadata.string(key("pre")),
            tokens: try metadata.required(metadata.texts(key("tokens")), key("tokens")))
        scores = try metadata.numbers(key("scores")) ?? []
        types = try metadata.integers(key("token_type")) ?? []
        merges = try metadata.texts(key("merges")) ?? []
        bos = try metadata.integer(key("bos_token_id"))
        eos = try metadata.integer(key("eos_token_id"))
        unknown = try metadata.integer(key("unknown_token_id"))
        padding = try metadata.integer(key("padding_token_id"))
        addsBOS = try metadata.flag(key("add_bos_token"))
        addsEOS = try metadata.flag(key("add_eos_token"))
        addsSpacePrefix = try metadata.flag(key("add_space_prefix"))
        modelName = try metadata.string("general.name")
        chatTemplate = try metadata.string("tokenizer.chat_template")
    }
}
