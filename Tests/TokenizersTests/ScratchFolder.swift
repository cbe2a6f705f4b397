import FoundationEssentials
import Glibc

/// A folder of a test's own.
struct ScratchFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/tokenizers-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ text: String, as name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
    }

    func write(bytes: [UInt8], as name: String) throws {
        try Data(bytes).write(to: URL(filePath: path + "/" + name))
    }

    func copy(_ file: String, as name: String) throws {
        try FileManager.default.copyItem(atPath: file, toPath: path + "/" + name)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
}

func makePipe(_ path: String) throws {
    guard mkfifo(path, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
}

func makeDanglingLink(_ path: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
}
