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

    /// JSON with its keys sorted.
    package init(json value: SettingValue, as name: String) {
        self.init(JSONWriter.text(value, .adapter) + "\n", as: name)
    }

    /// Replaces the file atomically.
    package func write(in folder: String) throws {
        try AtomicFile.write([contents], to: folder + "/" + name, durable: isDurable)
    }
}
