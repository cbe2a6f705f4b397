import Checkpoints
import Finetuning
import Tokenizers
package import TrainerSettings

/// The template of conversations that a trial was trained with, where it is another than its base's.
package struct TrainedTemplate: Sendable, Hashable {
    static let file = "chat_template.jinja"

    let text: String
    /// As `chat_template` has it; nil: its trainer has left the text beside the adapter.
    let name: String?

    /// - Parameter settings: the trial's.
    package init?(_ settings: TrainerSettings, adapter: String) {
        name = settings.chatTemplate
        if let name {
            guard let text = NamedTemplates.text(named: name) else { return nil }
            self.text = text
        } else {
            guard !TrainedAdapter(adapter).isModel, let text = try? VocabularyParts.template(in: adapter),
                text != Self.own(of: settings.model)
            else { return nil }
            self.text = text
        }
    }

    /// nil: the model has none, or is not there.
    private static func own(of model: String) -> String? {
        switch try? ModelPlace(model) {
        case .folder(let folder)?: try? VocabularyParts.template(in: folder)
        case .gguf(let file)?: try? GGUFFile(path: file).metadata.string("tokenizer.chat_template")
        case nil: nil
        }
    }

    var folderFile: FolderFile { FolderFile(text, as: Self.file) }

    /// For people: "the chat template chatml".
    var title: String { name.map { "the chat template \($0)" } ?? "another chat template than its base's" }

    /// - Parameter way: how a program is told of another template than the base's.
    func note(_ way: String) -> String {
        "it was trained with \(title), which is in its \(Self.file); programs that take the base's own have to be told: \(way)"
    }
}
