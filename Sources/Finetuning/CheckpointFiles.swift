package import Checkpoints
import FoundationEssentials

/// The files of a checkpoint's folder, and what can be told of them without their trial: whether they are whole.
package struct CheckpointFiles: Sendable, Hashable {
    package let folder: String

    package init(_ folder: String) { self.folder = folder }

    package var newest: String { folder + "/state.safetensors" }
    package var previous: String { folder + "/previous.safetensors" }

    static let tensors = ["parameters", "first_moments", "second_moments"]
    /// The first had no checksum.
    private static let formats = ["autolora-training-state-1", "autolora-training-state-2"]

    /// Seals the tensors and the texts with their checksum and writes them.
    func write(_ tensors: [SafetensorsWriter.Tensor], metadata: [String: String], keepsPrevious: Bool) throws(CheckpointError) {
        var metadata = metadata
        metadata["format"] = Self.formats[1]
        let sum = tensors.reduce(Self.checksum(metadata)) { sum, tensor in
            tensor.withBytes { Checksum.of($0, seed: sum) }
        }
        metadata["checksum"] = String(sum, radix: 16)
        try SafetensorsWriter.write(tensors, metadata: metadata, to: newest, keeping: keepsPrevious ? previous : nil)
    }

    /// Opens a file and checks that it is whole.
    ///
    /// - Throws: `CheckpointError` that says what is wrong with it.
    package static func open(_ path: String) throws(CheckpointError) -> SafetensorsFile {
        let file = try SafetensorsFile(path: path)
        guard let format = file.metadata["format"], formats.contains(format) else {
            throw CheckpointError(path: path, problem: "is no checkpoint of a training run")
        }
        // Whoever changed the format's name did not take the checksum away.
        guard format != formats[0] || file.metadata["checksum"] != nil else { return file }
        var sum = checksum(file.metadata)
        for name in tensors {
            let tensor = try file.tensor(name)
            sum = withExtendedLifetime(tensor) { Checksum.of(UnsafeRawBufferPointer(tensor.values), seed: sum) }
        }
        guard file.metadata["checksum"] == String(sum, radix: 16) else {
            throw CheckpointError(path: path, problem: "is damaged: its checksum is another")
        }
        return file
    }

    private static func checksum(_ metadata: [String: String]) -> UInt64 {
        metadata.filter { $0.key != "checksum" }.sorted { $0.key < $1.key }.reduce(0) { sum, text in
            Checksum.of(text.value, seed: Checksum.of(text.key, seed: sum))
        }
    }
}
