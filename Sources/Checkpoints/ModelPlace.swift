import FoundationEssentials
import Glibc

/// Where a model lies that the setting `model` names.
package enum ModelPlace: Sendable, Hashable {
    /// A Hugging Face model folder, or what should be one.
    case folder(String)
    /// A GGUF file, in which all is.
    case gguf(String)

    /// Takes a file that is named or begins as GGUF, and a folder with config.json or without any GGUF file; and a folder with one
    /// GGUF file for that file.
    ///
    /// - Throws: `CheckpointError` for a folder with several GGUF files and no config.json.
    package init(_ model: String) throws(CheckpointError) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: model, isDirectory: &isFolder), isFolder else {
            self = Self.isGGUF(model) ? .gguf(model) : .folder(model)
            return
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: model)) ?? []
        let files = names.filter { $0.hasSuffix(".gguf") }.sorted()
        guard !names.contains("config.json"), let first = files.first else {
            self = .folder(model)
            return
        }
        guard files.count == 1 else {
            throw CheckpointError(
                path: model,
                problem: "has no config.json, and \(files.count) GGUF files; give one of them: \(model)/\(first), say")
        }
        self = .gguf(model + "/" + first)
    }

    private static func isGGUF(_ path: String) -> Bool {
        if path.hasSuffix(".gguf") { return true }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var mark: UInt32 = 0
        return read(descriptor, &mark, 4) == 4 && UInt32(littleEndian: mark) == 0x4655_4747
    }
}
