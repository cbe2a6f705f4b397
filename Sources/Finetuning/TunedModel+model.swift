import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Methods
import Tasks
import TrainerSettings

extension TunedModel {
    /// Writes the whole model as a folder that Hugging Face's transformers loads: its configuration with the task's labels, all tensors
    /// in fp32, and the files of its tokenizer.
    ///
    /// - Parameters:
    ///   - source: the folder that it was read from.
    ///   - further: files that are none of the model's.
    func saveModel(to folder: String, from source: String, _ further: [FolderFile]) throws {
        guard case .folder(let source) = try ModelPlace(source) else {
            throw CheckpointError(path: source, problem: Self.needsFolder)
        }
        var beside = try ModelFolderFiles(of: source, head, on: configuration)
        beside.name(type: "float32")
        let tensors = parameters.entries.map { entry in
            SafetensorsWriter.Tensor(
                name: entry.spec.modelName, shape: entry.shape,
                values: UnsafeBufferPointer(rebasing: parameters.values[entry.range]), of: parameters)
        }
        try AdapterFolder(folder, kind: .model)
            .write([(AdapterFiles.model.adapter, tensors)], configuration: beside.values, files: beside.files + further)
    }

    static let needsFolder = "finetuning_type full needs a Hugging Face folder: a model's folder comes of it"
}
