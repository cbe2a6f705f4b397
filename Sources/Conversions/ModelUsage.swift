package import Checkpoints
import Finetuning
import FoundationEssentials
import Tokenizers
package import TrainerSettings

/// What whoever loads an export in its program has to tell it.
package struct ModelUsage: Sendable, Hashable {
    /// What goes wrong unless it is known, a sentence each, without a stop.
    package internal(set) var notes: [String] = []
    /// For its card alone, a sentence each.
    package internal(set) var remarks: [String] = []
    /// To be run in the export's folder.
    package internal(set) var commands: [String] = []
}

/// The base's tokenizer beside an adapter, as trainers leave it there.
package enum AdapterTokenizer {
    private static let marks = ["tokenizer.json", "tokenizer_config.json"]

    static func isThere(in folder: String) -> Bool {
        marks.contains { FileManager.default.fileExists(atPath: folder + "/" + $0) }
    }

    /// Puts beside an adapter the tokenizer of its base, and the template that it was trained with. What its trainer has put there stays.
    ///
    /// - Parameter settings: the trial's.
    /// - Throws: an error naming the file that cannot be read or written.
    package static func write(_ settings: TrainerSettings, in folder: String) throws {
        var files = settings.templateFiles
        if !isThere(in: folder), FileManager.default.fileExists(atPath: settings.model) {
            let names = Set(files.map(\.name))
            do {
                files += try ModelFolderFiles.tokenizer(of: settings.model).filter { !names.contains($0.name) }
            } catch is TokenizerError {
                // A GGUF file may hold one that is not written for a folder yet: then there is none beside the adapter.
            }
        }
        for file in files where !FileManager.default.fileExists(atPath: folder + "/" + file.name) { try file.write(in: folder) }
    }

    static func remarks(of folder: String) -> [String] {
        isThere(in: folder) ? ["The base's tokenizer is beside it: `AutoTokenizer.from_pretrained` takes this folder."] : []
    }
}

extension TrainerSettings {
    static let templateFile = "chat_template.jinja"

    /// The template of conversations that was trained with; none where it is the base's own.
    package var templateFiles: [FolderFile] { templateText.map { [FolderFile($0, as: Self.templateFile)] } ?? [] }

    var templateText: String? { chatTemplate.flatMap(NamedTemplates.text(named:)) }

    /// - Parameter way: how a program is told of another template than the base's.
    func templateNotes(_ way: String) -> [String] {
        guard let chatTemplate, templateText != nil else { return [] }
        return [
            "it was trained with the chat template \(chatTemplate), which is in its \(Self.templateFile); programs that take the base's own "
                + "have to be told: \(way)"
        ]
    }
}
