package import Checkpoints
import Methods
import Tasks
import TrainerSettings

/// An adapter's folder with what its task keeps in it.
package struct TrainedAdapter: Sendable, Hashable {
    private let folder: AdapterFolder

    package init(_ path: String) { folder = AdapterFolder(path) }

    package var path: String { folder.path }
    package var configurationFile: String { folder.configurationFile }
    package var tensorFile: String { folder.tensorFile }

    /// Whether the adapter is whole (``AdapterFolder/verify(isOurs:bounds:)``), and with it what its task put beside it. `verify`,
    /// every export and whatever loads an adapter go by it.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    package func verify(isOurs: Bool, bounds: String? = nil) throws(CheckpointError) {
        guard let contents = try folder.verify(isOurs: isOurs, bounds: bounds), isOurs else { return }
        let type = contents.configuration["task_type"] ?? .null
        guard let head = type.text.flatMap(TrainingTasks.head) else {
            throw CheckpointError(
                path: folder.configurationFile, problem: "is damaged: task_type is \(type), which names no task")
        }
        try head.verify(adapterFolder: folder.path, contents.tensors)
    }
}
