import FoundationEssentials
package import TrainerSettings

/// A small file of a folder, with all that it holds.
package struct FolderFile: Sendable, Hashable {
    package let name: String
    private let contents: Data
    private let isDurable: Bool

    /// - Parameter isDurable: whether it has to be on the disk when it is written.
    package init(_ text: String, as name: String, isDurable: Bool = true) {
        self.name = name
        self.isDurable = isDurable
        contents = Data(text.utf8)
    }

    package var text: String { String(decoding: contents, as: UTF8.self) }

    /// A copy of a file, under its name.
    package init(copyOf path: String) throws(CheckpointError) {
        guard let contents = FileManager.default.contents(atPath: path) else {
            throw CheckpointError(path: path, problem: "cannot be read")
        }
        (name, isDurable, self.contents) = (String(path.split(separator: "/").last ?? ""), true, contents)
    }

    /// JSON with its keys sorted.
    package init(json value: SettingValue, as name: String, style: JSONStyle = .adapter) {
        self.init(JSONWriter.text(value, style) + "\n", as: name)
    }

    /// Replaces the file atomically.
    package func write(in folder: String) throws {
        try AtomicFile.write([contents], to: folder + "/" + name, durable: isDurable)
    }
}
