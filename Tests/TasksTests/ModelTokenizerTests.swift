import FoundationEssentials
import Testing
import Tokenizers

@testable import Tasks

/// Tokenizers and chat templates of GGUF files and folders.
@Suite struct ModelTokenizerTests {
    /// A GGUF file that has keys alone.
    private struct File {
        private var keys: [UInt8] = []
        private var count: UInt64 = 0

        private static func bytes<Number: BitwiseCopyable>(_ number: Number) -> [UInt8] {
            withUnsafeBytes(of: number) { Array($0) }
        }

        private static func text(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }

        private mutating func add(_ key: String, _ type: UInt32, _ value: [UInt8]) {
            keys += Self.text(key) + Self.bytes(type) + value
            count += 1
        }

        mutating func add(_ key: String, _ value: String) { add(key, 8, Self.text(value)) }
        mutating func add(_ key: String, _ value: UInt32) { add(key, 4, Self.bytes(value)) }
        mutating func add(_ key: String, _ value: Bool) { add(key, 7, [value ? 1 : 0]) }
        mutating func add(_ key: String, _ values: [Int32]) {
            add(key, 9, Self.bytes(UInt32(5)) + Self.bytes(UInt64(values.count)) + values.flatMap { Self.bytes($0) })
        }
        mutating func add(_ key: String, _ values: [String]) {
            add(key, 9, Self.bytes(UInt32(8)) + Self.bytes(UInt64(values.count)) + values.flatMap(Self.text))
        }

        func write(to path: String) throws {
            let head = Array("GGUF".utf8) + Self.bytes(UInt32(3)) + Self.bytes(UInt64(0)) + Self.bytes(count)
            let padding = [UInt8](repeating: 0, count: 32 - (head.count + keys.count) % 32)
            try Data(head + keys + padding).write(to: URL(filePath: path))
        }
    }

    private func file(_ change: (inout File) -> Void = { _ in }) -> File {
        var file = File()
        file.add("general.architecture", "llama")
        file.add("tokenizer.ggml.model", "gpt2")
        file.add("tokenizer.ggml.tokens", ["a", "b", "Ġ", "ab", "1", "<s>", "<|im_end|>"])
        file.add("tokenizer.ggml.token_type", [1, 1, 1, 1, 1, 3, 3] as [Int32])
        file.add("tokenizer.ggml.merges", ["a b"])
        file.add("tokenizer.ggml.bos_token_id", 5 as UInt32)
        file.add("tokenizer.ggml.eos_token_id", 6 as UInt32)
        file.add("tokenizer.ggml.add_bos_token", true)
        change(&file)
        return file
    }

    private func inFile(_ file: File, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/gguf-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try file.write(to: folder + "/m.gguf")
        try body(folder + "/m.gguf")
    }

    @Test func `a GGUF file's keys are a tokenizer`() throws {
        let whole = file { $0.add("tokenizer.ggml.pre", "smollm") }
        try inFile(whole) { path in
            let tokenizer = try ModelTokenizer.tokenizer(of: path)
            #expect(tokenizer.encode("ab 1b<|im_end|>", special: true) == [5, 3, 2, 4, 1, 6])
            #expect(tokenizer.special.eos == .init(text: "<|im_end|>", id: 6))
            #expect(tokenizer.decode([5, 3, 2, 4], skippingSpecial: true) == "ab 1")
            // A folder with nothing but the file is that file.
            let folder = String(path.dropLast("/m.gguf".count))
            #expect(try ModelTokenizer.tokenizer(of: folder).summary == "BPE of m.gguf, 7 tokens")
        }
    }

    @Test func `a key that is missing or of no known value is named with the file`() throws {
        try inFile(file()) { path in
            let error = #expect(throws: TokenizerError.self) { try ModelTokenizer.tokenizer(of: path) }
            #expect(error?.description.hasPrefix(path + ": lacks tokenizer.ggml.pre") == true)
        }
        try inFile(File()) { path in
            #expect(throws: (any Error).self) { try ModelTokenizer.tokenizer(of: path) }
        }
    }
}
