import Foundation

enum Files {
    /// Replaces what the file holds, at once and without care for power cuts.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FilesError(path: path) }
        defer { close(descriptor) }
        guard bytes.withUnsafeBytes({ Foundation.write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw FilesError(path: path)
        }
    }

    /// A line on standard output, at once, whatever that is.
    static func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) }

    static func read(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

    /// Where Tests are.
    static let tests = String(#filePath.dropLast("/Fuzzing/Files.swift".count))

    /// A random BERT of three layers with its vocabulary and labeled texts, copied into a folder.
    static func addTinyModel(to folder: String) throws {
        let (model, golden) = (tests + "/BackbonesTests/Fixtures/tiny-bert/", tests + "/FinetuningTests/Fixtures/golden/")
        for (source, name) in [
            (model + "config.json", "config.json"), (model + "model.safetensors", "model.safetensors"),
            (golden + "vocab.txt", "vocab.txt"), (golden + "train.jsonl", "train.jsonl"),
        ] {
            try write(read(source), to: folder + "/" + name)
        }
    }
}

private struct FilesError: Error, CustomStringConvertible {
    let path: String
    let reason = String(cString: strerror(errno))

    var description: String { "\(path): \(reason)" }
}
