package import Checkpoints

/// The files that an adapter's tensors stand in.
package struct AdapterFiles: Sendable, Hashable {
    package let adapter: String
    /// The head's own; nil: it stands with the others.
    package let head: String?

    package static let peft = AdapterFiles(adapter: "adapter_model.safetensors", head: nil)
    package static let model = AdapterFiles(adapter: "model.safetensors", head: nil)
    package static let adapterHub = AdapterFiles(adapter: "adapter.safetensors", head: "model_head.safetensors")
}

/// The tensors of an adapter's folder, be they in one file or in two.
package struct AdapterTensors {
    private let files: [SafetensorsFile]

    init(_ folder: AdapterFolder) throws(CheckpointError) {
        var files = [try SafetensorsFile(path: folder.tensorFile)]
        if let head = folder.headFile { files.append(try SafetensorsFile(path: head)) }
        self.files = files
    }

    var names: [String] { files.flatMap(\.entries.keys) }

    private func file(of name: String) -> SafetensorsFile { files.first { $0.entries[name] != nil } ?? files[0] }

    func floats(_ name: String, shape: [Int]) throws(CheckpointError) { try file(of: name).floats(name, shape: shape) }

    package func tensor(_ name: String, shape: [Int]) throws(CheckpointError) -> FloatTensor {
        try file(of: name).tensor(name, shape: shape)
    }
}
