package import Backbones
package import Checkpoints
import FoundationEssentials
import Layers
package import Tasks
import Tokenizers
package import TrainerSettings

/// What stands beside the weights in a folder that Hugging Face's transformers loads: config.json and the tokenizer's files, from the
/// model that was trained on.
package struct ModelFolderFiles {
    /// Of config.json.
    package var values: [String: SettingValue]
    package let files: [FolderFile]

    /// - Parameter source: the folder, or the GGUF file, that the model was read from.
    /// - Throws: an error naming the file that is missing or damaged, or what of a GGUF file a folder cannot say.
    package init(of source: String, _ head: any TaskHead, on configuration: any BackboneConfiguration) throws {
        let own: [FolderFile]
        switch try ModelPlace(source) {
        case .folder(let folder):
            do throws(JSONInputError) { values = try JSONInput.object(file: folder + "/config.json") } catch {
                throw CheckpointError(path: error.place, problem: error.problem)
            }
            own = try Self.copies(["generation_config.json"], of: folder)
        case .gguf:
            values = try configuration.folderValues()
            own = []
        }
        values.merge(head.modelValues(on: configuration)) { $1 }
        // By it transformers' classifiers find a text's last token in a batch.
        if head.rows == .pooled, values["pad_token_id"] ?? .null == .null, let token = try Self.padding(of: source) {
            values["pad_token_id"] = .int(token)
        }
        files = try head.modelFiles() + Self.tokenizer(of: source) + own
    }

    /// The type of the weights, as old and new versions of transformers call it.
    package mutating func name(type: String) {
        for key in ["dtype", "torch_dtype"] where values[key] != nil { values[key] = .string(type) }
    }

    /// The tokenizer's; where it has none, what people take for it: the end of a text. nil where its texts end with that: transformers
    /// would take the token before for a text's last, and refuses batches instead, until it is told of another.
    private static func padding(of source: String) throws -> Int? {
        let tokenizer = try ModelTokenizer.tokenizer(of: source)
        let padding = tokenizer.special.pad ?? tokenizer.special.eos
        return padding.flatMap { tokenizer.encode("a", special: true).last == $0.id ? nil : Int($0.id) }
    }

    private static let tokenizerFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json",
        "merges.txt", "sentencepiece.bpe.model", "tokenizer.model", "chat_template.jinja",
    ]

    /// A model's tokenizer, with the template of its conversations, as transformers' `AutoTokenizer` loads it.
    ///
    /// - Parameter source: a folder, or a GGUF file.
    /// - Throws: an error naming the file that is damaged, or what of a GGUF file a folder cannot say.
    package static func tokenizer(of source: String) throws -> [FolderFile] {
        switch try ModelPlace(source) {
        case .folder(let folder): return try copies(tokenizerFiles, of: folder)
        case .gguf(let file):
            let vocabulary = try VocabularyParts(GGUFFile(path: file).metadata)
            return [
                FolderFile(json: try vocabulary.tokenizerJSON(), as: "tokenizer.json", style: .shown),
                FolderFile(json: try vocabulary.tokenizerConfiguration(), as: "tokenizer_config.json", style: .shown),
            ]
        }
    }

    /// Those that are there.
    private static func copies(_ names: [String], of folder: String) throws(CheckpointError) -> [FolderFile] {
        var files: [FolderFile] = []
        for path in names.map({ folder + "/" + $0 }) where FileManager.default.fileExists(atPath: path) {
            files.append(try FolderFile(copyOf: path))
        }
        return files
    }
}
