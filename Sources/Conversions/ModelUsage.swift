package import Checkpoints
import Finetuning
import Tokenizers
package import TrainerSettings

/// What whoever loads an export in its program has to tell it.
package struct ModelUsage: Sendable, Hashable {
    /// What goes wrong unless it is known, a sentence each, without a stop.
    package internal(set) var notes: [String] = []
    /// To be run in the export's folder.
    package internal(set) var commands: [String] = []
}

extension TrainerSettings {
    static let templateFile = "chat_template.jinja"

    /// The template of conversations that was trained with; none where it is the base's own.
    package var templateFiles: [FolderFile] { templateText.map { [FolderFile($0, as: Self.templateFile)] } ?? [] }

    var templateText: String? { chatTemplate.flatMap(ChatTemplate.text(named:)) }

    /// - Parameter way: how a program is told of another template than the base's.
    func templateNotes(_ way: String) -> [String] {
        guard let chatTemplate, templateText != nil else { return [] }
        return [
            "it was trained with the chat template \(chatTemplate), which is in its \(Self.templateFile); programs that take the base's own "
                + "have to be told: \(way)"
        ]
    }
}
