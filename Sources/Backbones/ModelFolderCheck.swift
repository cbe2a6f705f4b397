import Checkpoints
import FoundationEssentials

/// Tells what stands where a Hugging Face model folder is expected.
enum ModelFolderCheck {
    /// - Throws: `CheckpointError` for what is no folder, or one without a model, with the way out.
    static func check(_ folder: String) throws(CheckpointError) {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: folder, problem: problem) }
        var isFolder = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw fail("there is no such folder")
        }
        guard isFolder else {
            throw fail(
                "is a file, expected a Hugging Face model folder with config.json and model.safetensors, or a GGUF file")
        }
        guard !isThere(folder + "/config.json") else { return }
        if isThere(folder + "/adapter_config.json") {
            throw fail("holds an adapter, not a model; give its base model's folder as 'model' and this one as 'init_adapter'")
        }
        if let snapshot = try? FileManager.default.contentsOfDirectory(atPath: folder + "/snapshots").min() {
            throw fail("is a place in the Hugging Face hub's cache; the model's folder in it is snapshots/\(snapshot)")
        }
    }

    /// Also a link that leads nowhere, which is then the fault.
    private static func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
            || (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }
}
