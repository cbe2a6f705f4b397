import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Methods
import Tasks
import Tokenizers
import TrainerSettings

extension TunedModel {
    /// Writes the whole model as a folder that Hugging Face's transformers loads: its configuration with the task's labels, all tensors
    /// in fp32, and the files of its tokenizer.
    ///
    /// - Parameter source: the folder that it was read from.
    func saveModel(to folder: String, from source: String) throws {
        guard case .folder(let source) = try ModelPlace(source) else {
            throw CheckpointError(path: source, problem: Self.needsFolder)
        }
        let file = source + "/config.json"
        var values: [String: SettingValue]
        do throws(JSONInputError) { values = try JSONInput.object(file: file) } catch {
            throw CheckpointError(path: error.place, problem: error.problem)
        }
        values.merge(head.modelValues(on: configuration)) { $1 }
        // By it transformers' classifiers find a text's last token in a batch.
        if head.rows == .pooled, values["pad_token_id"] ?? .null == .null, let token = try Self.padding(of: source) {
            values["pad_token_id"] = .int(token)
        }
        for key in ["dtype", "torch_dtype"] where values[key] != nil { values[key] = .string("float32") }
        let tensors = parameters.entries.map { entry in
            SafetensorsWriter.Tensor(
                name: entry.spec.modelName, shape: entry.shape,
                values: UnsafeBufferPointer(rebasing: parameters.values[entry.range]), of: parameters)
        }
        let copied = Self.tokenizerFiles.map { source + "/" + $0 }.filter(FileManager.default.fileExists(atPath:))
        try AdapterFolder(folder, kind: .model)
            .write(
                [(AdapterFiles.model.adapter, tensors)], configuration: values,
                files: head.modelFiles() + copied.map(FolderFile.init(copyOf:)))
    }

    /// The tokenizer's; where it has none, what people take for it: the end of a text.
    private static func padding(of source: String) throws -> Int? {
        let special = try ModelTokenizer.tokenizer(of: source).special
        return (special.pad ?? special.eos).map { Int($0.id) }
    }

    static let needsFolder = "finetuning_type full needs a Hugging Face folder: a model's folder comes of it"

    private static let tokenizerFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json",
        "merges.txt", "sentencepiece.bpe.model", "tokenizer.model", "chat_template.jinja", "generation_config.json",
    ]
}
