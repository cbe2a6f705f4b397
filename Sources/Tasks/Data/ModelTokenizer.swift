import Backbones
import Checkpoints
import Tokenizers

/// A model's own tokenizer, none of whose ids is beyond the model's embeddings.
package struct ModelTokenizer: Sendable {
    private let tokenizer: any Tokenizer

    /// - Throws: `TokenizerError` for what cannot be read, `CheckpointError` for what does not fit the model.
    package init(modelFolder folder: String) throws {
        let rows = try Architectures.configuration(of: folder).vocabularySize
        tokenizer = try TokenizerKinds.tokenizer(folder: folder)
        guard tokenizer.idLimit <= rows else {
            throw CheckpointError(
                path: folder,
                problem: "its tokenizer gives ids up to \(tokenizer.idLimit - 1), and the model has \(rows) embeddings"
                    + " (vocab_size in config.json); call resize_token_embeddings(\(tokenizer.idLimit)) on it and save it again,"
                    + " or take the tokens out that it does not know")
        }
    }

    /// For people.
    package var summary: String { tokenizer.summary }

    /// The text's ids, cut to `maxLength` with its start and end counted.
    package func encode(_ text: String, maxLength: Int) -> [Int32] { tokenizer.encode(text, maxLength: maxLength) }
}
