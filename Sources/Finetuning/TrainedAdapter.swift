import Backbones
package import Checkpoints
import FoundationEssentials
import Methods
import Tasks
import TrainerSettings

/// An adapter's folder with what its task keeps in it.
package struct TrainedAdapter: Sendable, Hashable {
    private let folder: AdapterFolder

    /// A folder with a whole model is told by its config.json.
    package init(_ path: String) {
        let model = AdapterFolder(path, kind: .model)
        let isModel = [model.configurationFile, model.tensorFile].allSatisfy(FileManager.default.fileExists(atPath:))
        folder =
            isModel && !FileManager.default.fileExists(atPath: AdapterFolder(path).configurationFile)
            ? model : AdapterFolder(path)
    }

    package var isModel: Bool { folder.kind == .model }

    /// Whether its configuration says that PEFT wrote it: other programs' files may be called the same.
    package var isOfPEFT: Bool {
        (try? JSONInput.object(file: AdapterFolder(path).configurationFile))?["peft_type"]?.text != nil
    }

    package var path: String { folder.path }
    package var configurationFile: String { folder.configurationFile }
    package var tensorFile: String { folder.tensorFile }

    /// Whether the adapter is whole (``AdapterFolder/verify(isOurs:bounds:)``), and with it what its task put beside it. `verify`,
    /// every export and whatever loads an adapter go by it.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    package func verify(isOurs: Bool, bounds: String? = nil) throws(CheckpointError) {
        guard !isModel else { return try verifyModel(isOurs: isOurs, bounds: bounds) }
        guard let contents = try folder.verify(isOurs: isOurs, bounds: bounds), isOurs else { return }
        let type = contents.configuration["task_type"] ?? .null
        guard let head = type.text.flatMap(TrainingTasks.head) else {
            throw CheckpointError(
                path: folder.configurationFile, problem: "is damaged: task_type is \(type), which names no task")
        }
        try head.verify(adapterFolder: folder.path, contents.tensors)
    }

    /// Whether all that the model is made of is there, as it was written, and is numbers.
    private func verifyModel(isOurs: Bool, bounds: String?) throws(CheckpointError) {
        do throws(RegularFileError) { _ = try FolderContents(of: path, bounds: bounds) } catch {
            throw CheckpointError(path: error.path, problem: error.problem)
        }
        if isOurs { try Architectures.weights(of: path).check() }
        let file = try SafetensorsFile(path: tensorFile)
        guard file.isAsSealed else { throw CheckpointError(path: tensorFile, problem: "is damaged: its checksum is another") }
        for name in file.entries.keys.sorted() {
            let tensor = try file.tensor(name)
            guard withExtendedLifetime(tensor, { tensor.values.allSatisfy(\.isFinite) }) else {
                throw CheckpointError(path: tensorFile, problem: "is damaged: tensor '\(name)' has values that are no numbers")
            }
        }
    }
}
