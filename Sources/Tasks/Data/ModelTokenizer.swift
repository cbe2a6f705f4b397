import Backbones
import Checkpoints
package import Tokenizers

/// A model's own tokenizer, none of whose ids is beyond the model's embeddings.
package struct ModelTokenizer: Sendable {
    package let tokenizer: any Tokenizer
    private let place: ModelPlace
    /// Of a GGUF file.
    private let template: String?

    /// - Parameter folder: a model folder, or a .gguf file.
    /// - Throws: `TokenizerError` for what cannot be read, `CheckpointError` for what does not fit the model.
    package init(modelFolder folder: String) throws {
        let rows = try Architectures.configuration(of: folder).vocabularySize
        (place, tokenizer, template) = try Self.open(folder)
        guard tokenizer.idLimit <= rows else {
            throw CheckpointError(
                path: folder,
                problem: "its tokenizer gives ids up to \(tokenizer.idLimit - 1), and the model has \(rows) embeddings"
                    + " (vocab_size in config.json); call resize_token_embeddings(\(tokenizer.idLimit)) on it and save it again,"
                    + " or take the tokens out that it does not know")
        }
    }

    /// The tokenizer alone, whatever else the model has.
    ///
    /// - Parameter model: a folder with a tokenizer's files, or a .gguf file.
    /// - Throws: `TokenizerError` for what cannot be read, `CheckpointError` for a damaged GGUF file.
    package static func tokenizer(of model: String) throws -> any Tokenizer { try open(model).tokenizer }

    private static func open(_ model: String) throws -> (place: ModelPlace, tokenizer: any Tokenizer, template: String?) {
        let place = try ModelPlace(model)
        switch place {
        case .folder(let folder): return (place, try TokenizerKinds.tokenizer(folder: folder), nil)
        case .gguf(let path):
            let parts = try VocabularyParts(try GGUFFile(path: path).metadata)
            return (place, try TokenizerKinds.tokenizer(parts), parts.chatTemplate)
        }
    }

    /// For people.
    package var summary: String { tokenizer.summary }

    /// The text's ids, cut to `maxLength` with its start and end counted.
    package func encode(_ text: String, maxLength: Int) -> [Int32] { tokenizer.encode(text, maxLength: maxLength) }

    /// How the model writes conversations.
    ///
    /// - Parameter name: the setting `chat_template`; nil: the model's own.
    /// - Throws: `TokenizerError` for a name that is not known, a template that cannot be rendered, and a model without one.
    package func chatTemplate(named name: String?) throws -> ChatTemplate {
        if let name { return try ChatTemplate(named: name, special: tokenizer.special) }
        let own: ChatTemplate?
        let path: String
        switch place {
        case .folder(let folder):
            path = folder
            own = try ChatTemplate.own(folder: folder, special: tokenizer.special)
        case .gguf(let file):
            path = file
            own = try template.map { try ChatTemplate(source: $0, place: file, special: tokenizer.special) }
        }
        guard let own else {
            throw TokenizerError(
                place: path,
                problem:
                    "has no chat template; name one of ours by chat_template (with a command, --chat-template): "
                    + ChatTemplate.names.joined(separator: " | "))
        }
        return own
    }
}
