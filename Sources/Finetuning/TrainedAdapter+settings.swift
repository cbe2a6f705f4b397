import Backbones
import Checkpoints
import FoundationEssentials
import Methods
package import Tasks
package import TrainerSettings

extension TrainedAdapter {
    /// The settings of the trial that left the adapter: those of the config.json beside its folder, else what its own files tell
    /// (``TrainingNotes``, PEFT's).
    ///
    /// - Parameters:
    ///   - model: nil: the one that it was trained on.
    ///   - data: read in place of all that it was trained on; nil: whatever the trial had.
    /// - Throws: an error that names the file and what it lacks.
    package func settings(model: String? = nil, data: String? = nil) throws -> TrainerSettings {
        var settings = try trialSettings ?? ownSettings(model, data: data)
        if let data { (settings.validation, settings.test, settings.split) = (data, data, DataSplit()) }
        if let model { settings.model = model }
        // Of a folder nothing can stay as a GGUF file has it.
        if settings.precision == .quantized, case .folder? = try? ModelPlace(isModel ? path : settings.model) {
            settings.precision = .auto
        }
        guard isModel || FileManager.default.fileExists(atPath: settings.model) else {
            throw InputError(
                place: configurationFile,
                problem: "there is no model at '\(settings.model)', which it names; give its folder by --model")
        }
        return settings
    }

    /// The settings of another trainer's trial, as far as they decide what its adapter answers: those that the folder's own files tell, with
    /// the data that the trial was given.
    ///
    /// - Parameters:
    ///   - model: nil: the one that the adapter names.
    ///   - trainer: the trial's settings; the names of the task and the data are those that all trainers share.
    /// - Throws: an error that names the file and what it lacks.
    package func settings(of model: String?, data trainer: [String: SettingValue]) throws -> TrainerSettings {
        let task = (trainer["task"] ?? trainer["task_type"])?.text.flatMap(TrainerSettings.Task.init)
        let settings = try ownSettings(model, data: nil, task: task)
        let data = trainer.filter { ["train", "validation", "split"].contains($0.key) && $0.value != .null }
        var values = settings.values.filter { !["train", "validation", "split"].contains($0.key) }
        values.merge(data) { $1 }
        // A trainer may have data of its own.
        return (try? TrainerSettings(values: values)) ?? settings
    }

    /// nil: no trial's config.json stands beside the folder.
    private var trialSettings: TrainerSettings? {
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        let file = (folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ".") + "/config.json"
        return (try? TrialConfiguration(file: file, isOnRecord: true))?.settings
    }

    /// - Parameter task: of an adapter that tells none.
    private func ownSettings(_ model: String?, data: String?, task: TrainerSettings.Task? = nil) throws -> TrainerSettings {
        let saved = try JSONInput.object(file: configurationFile)
        let task = kind(saved, else: task)
        let base = model ?? (isModel ? path : saved["base_model_name_or_path"]?.text ?? "")
        // What is not used is not looked at: an adapter alone does not tell what it was trained on.
        let file = SettingValue.string(data ?? path)
        var values: [String: SettingValue] = [
            "model": .string(base), "train": file, "validation": file, "task": .string(task.rawValue),
        ]
        if isModel { values["finetuning_type"] = .string(TrainerSettings.FinetuningType.full.rawValue) }
        var notes = try TrainingNotes(folder: path)?.values ?? [:]
        // The base's, which a whole model has no more.
        if isModel { notes["precision"] = nil }
        var settings: TrainerSettings
        do throws(TrainerSettingsError) { settings = try TrainerSettings(values: values.merging(notes) { $1 }) } catch {
            throw InputError(place: notes.isEmpty ? configurationFile : path + "/" + TrainingNotes.file, problem: "\(error)")
        }
        // Nothing tells where its texts were cut.
        if notes["max_length"] == nil, isModel || FileManager.default.fileExists(atPath: base),
            // A base that cannot be read says so where it is loaded; an adapter on it can be copied.
            let configuration = try? Architectures.configuration(of: base)
        {
            settings.maxLength = configuration.positionCount
        }
        return settings
    }

    /// PEFT leaves an adapter's `task_type` null unless it is told: then what is known of it counts, else whether it has a classifier's head.
    private func kind(_ saved: [String: SettingValue], else known: TrainerSettings.Task?) -> TrainerSettings.Task {
        let classifies: Bool
        if isModel {
            classifies = isClassifier(saved)
        } else if let type = saved["task_type"], type != .null {
            classifies = type.text != CausalLMHead.peftTaskType
        } else if let known {
            return known
        } else {
            classifies = (try? SafetensorsFile(path: tensorFile)).flatMap(ClassificationHead.classCount) != nil
        }
        return classifies ? .sequenceClassification : .causalLanguageModel
    }

    private func isClassifier(_ model: [String: SettingValue]) -> Bool {
        guard case .array(let names)? = model["architectures"] else { return false }
        return names.first?.text?.hasSuffix("ForSequenceClassification") ?? false
    }

    /// What a classifier's classes are called, in their order: by the names beside it, else by their numbers.
    ///
    /// - Throws: an error that names the file where it is no classifier, or its files are damaged.
    package func labels() throws -> [String] {
        if let names = try LabelFile(adapterFolder: path).names() { return names }
        return try numbers()
    }

    private func numbers() throws -> [String] {
        guard let count = ClassificationHead.classCount(in: try SafetensorsFile(path: tensorFile)), count > 0 else {
            throw InputError(
                place: path,
                problem: "has no classifier's head, so it classifies no texts; `autolora generate` is for models that write")
        }
        return (0..<count).map { String($0) }
    }

    /// What is said of an adapter of its kind, with the lines that load it in Python; nil: it is of no task of ours, or its classes have no
    /// names.
    ///
    /// - Throws: an error that names the file where it is damaged.
    package var loadingLines: String? {
        get throws {
            let head: any TaskHead
            switch try JSONInput.object(file: configurationFile)["task_type"]?.text {
            case CausalLMHead.peftTaskType: head = CausalLMHead()
            case ClassificationHead.peftTaskType:
                guard let names = try LabelFile(adapterFolder: path).names() else { return nil }
                head = ClassificationHead(labels: names)
            default: return nil
            }
            return try head.files().first { $0.name == "README.md" }?.text.split(separator: "---\n").last.map(String.init)
        }
    }

    /// The task as the folder has it; a classifier whose classes have no names has their numbers, as ``labels()``.
    ///
    /// - Throws: an error that names the file where it is no classifier, or its files are damaged.
    package func task(_ kind: any TrainingTask.Type) throws -> any TrainingTask {
        try kind.saved(in: path) ?? kind.init(labels: numbers(), file: path)
    }
}
