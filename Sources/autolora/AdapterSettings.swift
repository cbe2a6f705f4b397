import Checkpoints
import Finetuning
import Foundation
import Methods
import Tasks
import TrainerSettings

/// What an adapter's own files tell of how it is computed.
enum AdapterSettings {
    /// - Parameter model: nil: the base that the adapter names, or the adapter's trial.
    /// - Throws: an error in one line that names the file, and what it does not tell.
    static func of(_ adapter: String, model: String?) throws -> TrainerSettings {
        let beside = URL(filePath: adapter).deletingLastPathComponent().path + "/config.json"
        if FileManager.default.fileExists(atPath: beside), var settings = try? TrialConfiguration(path: beside).settings {
            if let model { settings.model = model }
            return settings
        }
        return try named(by: adapter, model: model, data: "none")
    }

    /// What the adapter's own file tells: its task and, unless it is given, its model.
    static func named(by adapter: String, model: String?, data: String) throws -> TrainerSettings {
        let saved = try JSONInput.object(file: AdapterFolder(adapter).configurationFile)
        let base = model ?? saved["base_model_name_or_path"]?.text ?? ""
        guard FileManager.default.fileExists(atPath: base) else {
            throw InputError(
                place: "--model", problem: "the adapter names the model '\(base)', which is not there; give its folder")
        }
        let task: TrainerSettings.Task =
            saved["task_type"]?.text == "CAUSAL_LM" ? .causalLanguageModel : .sequenceClassification
        return try TrainerSettings(values: [
            "model": .string(base), "train": .string(data), "validation": .string(data), "task": .string(task.rawValue),
        ])
    }
}
