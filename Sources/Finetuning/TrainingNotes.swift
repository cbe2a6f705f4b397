package import Checkpoints
import FoundationEssentials
import Tasks
import TrainerSettings

/// What of a training decides how its adapter is used, in a file of its folder that PEFT and transformers pass over: where texts are cut,
/// what the base is computed in, which columns hold what.
package struct TrainingNotes: Sendable, Hashable {
    package static let file = "autolora.json"
    /// Of the trainer's settings.
    private static let names: Set = [
        "max_length", "precision", "text_column", "label_column", "separator", "quoting", "completion_only_loss",
        "assistant_only_loss", "chat_template",
    ]

    let values: [String: SettingValue]

    /// - Parameter numerics: what it was computed in: what `auto` came to.
    init(_ settings: TrainerSettings, _ numerics: Numerics) {
        var values = settings.values.filter { Self.names.contains($0.key) }
        values["precision"] = .string(numerics.precision)
        self.values = values
    }

    /// nil: the folder has no such file, as those of earlier versions and of other programs.
    ///
    /// - Throws: `CheckpointError` for one that is damaged.
    init?(folder: String) throws(CheckpointError) {
        let path = folder + "/" + Self.file
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do throws(JSONInputError) { values = try JSONInput.object(file: path).filter { Self.names.contains($0.key) } } catch {
            throw CheckpointError(path: error.place, problem: "is damaged: \(error.problem); remove it to go without")
        }
    }

    var folderFile: FolderFile { FolderFile(json: .object(values), as: Self.file) }

    /// What all of several adapters tell alike, for the one that is made of them; none where one tells nothing.
    package static func files(sharedBy folders: [String]) throws(CheckpointError) -> [FolderFile] {
        var shared: [String: SettingValue]?
        for folder in folders {
            let own = try TrainingNotes(folder: folder)?.values ?? [:]
            shared = shared?.filter { own[$0.key] == $0.value } ?? own
        }
        guard let shared, !shared.isEmpty else { return [] }
        return [FolderFile(json: .object(shared), as: file)]
    }

    /// The file of an adapter, for what is made of it; none where it has none.
    package static func files(of folder: String) throws(CheckpointError) -> [FolderFile] {
        try TrainingNotes(folder: folder).map { [$0.folderFile] } ?? []
    }
}
