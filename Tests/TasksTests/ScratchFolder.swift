import FoundationEssentials

/// A folder of a test's own, gone when nothing holds it any more.
final class ScratchFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/tasks-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// The file's path.
    @discardableResult
    func write(_ text: String, as name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
        return path + "/" + name
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    func contents(_ name: String) -> Data? { FileManager.default.contents(atPath: path + "/" + name) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
