import FoundationEssentials
import TrainerSettings

@testable import Tasks

/// The tiny Llama of the golden losses with its tokenizer and template, in a folder of its own where files are to be others.
struct LanguageModelFolder {
    static let fixture = TinyModel.here + "/../FinetuningTests/Fixtures/causal-lm"
    private static let files = ["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]

    let folder: ScratchFolder

    /// - Parameter changes: a file's new text; nil: it is not there.
    init(_ changes: [String: String?] = [:]) throws {
        folder = try ScratchFolder()
        for name in Self.files {
            guard let change = changes[name] else {
                try FileManager.default.copyItem(atPath: Self.fixture + "/" + name, toPath: folder.path + "/" + name)
                continue
            }
            if let text = change { try folder.write(text, as: name) }
        }
    }

    func settings(_ more: [String: SettingValue] = [:]) throws -> TrainerSettings {
        let rows = SettingValue.string(Self.fixture + "/completion.jsonl")
        let values: [String: SettingValue] = [
            "task": .string("causal-lm"), "model": .string(folder.path), "train": rows, "validation": rows,
            "max_length": .int(64),
        ]
        return try TrainerSettings(values: values.merging(more) { $1 })
    }

    func tokenizer() throws -> ModelTokenizer { try ModelTokenizer(modelFolder: folder.path) }
}
