import Foundation
import Testing

@testable import Checkpoints

@Suite struct CacheFolderTests {
    private let key = CacheKey(kind: "numbers", ["data": "a", "length": "64"])

    private func write(_ text: String, as key: CacheKey, in cache: CacheFolder) throws {
        try Array(text.utf8).withUnsafeBytes { try cache.write($0, as: key) }
    }

    private func read(_ key: CacheKey, in cache: CacheFolder) -> String? {
        cache.read(key).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test(arguments: ["", "x", String(repeating: "hidden state ", count: 10_000)])
    func `what is written is read back, and the folder is made`(text: String) throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder + "/study/cache")
            #expect(read(key, in: cache) == nil)
            try write(text, as: key, in: cache)
            #expect(read(key, in: cache) == text)
            #expect(try FileManager.default.contentsOfDirectory(atPath: cache.path) == [key.fileName])
        }
    }

    @Test func `the payload begins at a cache line, whatever the key's length`() throws {
        try withTemporaryFolder { folder in
            for length in 0..<70 {
                let key = CacheKey(kind: "k", ["fact": String(repeating: "x", count: length)])
                try write("payload", as: key, in: CacheFolder(folder))
                let bytes = try #require(CacheFolder(folder).read(key)).bytes
                #expect(Int(bitPattern: bytes.baseAddress) % 64 == 0)
            }
        }
    }

    @Test func `another key has another file`() throws {
        let others = [
            CacheKey(kind: "numbers", ["data": "b", "length": "64"]), CacheKey(kind: "other", ["data": "a", "length": "64"]),
            CacheKey(kind: "numbers", ["data": "a"]),
        ]
        #expect(Set(others.map(\.fileName) + [key.fileName]).count == 4)
        #expect(key.fileName.count == "numbers-".count + 16 && key.fileName.hasPrefix("numbers-"))
        #expect(key.text.hasPrefix("data: a\nlength: 64\nprogram: ") && !key.text.contains("unknown"))
    }

    @Test func `any damage makes it as if it were not there, and it is written again`() throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let path = cache.file(key)
            try write("a payload of some length", as: key, in: cache)
            let whole = try Data(contentsOf: URL(filePath: path))
            // Bytes that fill up a line say nothing.
            let idle = Set(16 + 8 + key.text.utf8.count..<key.header.count)
            let seal = Set(key.header.count + 16..<key.header.count + 64)
            for index in whole.indices where !seal.contains(index) {
                var damaged = whole
                damaged[index] ^= 0x10
                try damaged.write(to: URL(filePath: path))
                #expect(cache.read(key) == nil || idle.contains(index), "byte \(index)")
            }
            for count in [0, 1, 15, 16, 30, whole.count / 2, whole.count - 1] {
                try whole.prefix(count).write(to: URL(filePath: path))
                #expect(cache.read(key) == nil, "\(count) bytes")
            }
            try (whole + Data([0])).write(to: URL(filePath: path))
            #expect(cache.read(key) == nil)
            try write("again", as: key, in: cache)
            #expect(read(key, in: cache) == "again")
        }
    }

    @Test func `a file under another key's name is not taken for it`() throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let other = CacheKey(kind: "numbers", ["data": "b", "length": "64"])
            try write("of another", as: other, in: cache)
            try FileManager.default.moveItem(atPath: cache.file(other), toPath: cache.file(key))
            #expect(cache.read(key) == nil)
        }
    }

    @Test func `writers at the same time leave one whole file`() async throws {
        let folder = NSTemporaryDirectory() + "cache-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = String(repeating: "same bytes ", count: 1000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        try write(text, as: key, in: CacheFolder(folder))
                        #expect(read(key, in: CacheFolder(folder)) == text)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [key.fileName])
    }

    @Test func `a folder that cannot be made is an error that names it`() {
        let error = #expect(throws: CheckpointError.self) {
            try write("x", as: key, in: CacheFolder("/dev/null/cache"))
        }
        #expect(error?.description == "/dev/null/cache: cannot be made: Not a directory")
    }

    @Test func `a file in the folder's place is an error that says so`() throws {
        try withTemporaryFolder { folder in
            try Data().write(to: URL(filePath: folder + "/cache"))
            let error = #expect(throws: CheckpointError.self) { try write("x", as: key, in: CacheFolder(folder + "/cache")) }
            #expect(error?.problem == "cannot be made: File exists")
        }
    }

    @Test func `what else the disk is for keeps its room`() throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let error = #expect(throws: CheckpointError.self) {
                try [UInt8](repeating: 1, count: 100).withUnsafeBytes { try cache.write($0, as: key, reserve: 1 << 60) }
            }
            #expect(error?.path == cache.file(key) && error?.problem.hasPrefix("has no room") == true)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.isEmpty)
        }
    }

    @Test func `what a killed process began to write goes, what one is writing stays`() throws {
        try withTemporaryFolder { folder in
            let cache = CacheFolder(folder)
            let (old, new) = (cache.file(key) + ".7.1.tmp", cache.file(key) + ".7.2.tmp")
            for path in [old, new] { try Data("half".utf8).write(to: URL(filePath: path)) }
            let before = Date(timeIntervalSinceNow: -120)
            try FileManager.default.setAttributes([.modificationDate: before], ofItemAtPath: old)
            try write("x", as: key, in: cache)
            #expect(!FileManager.default.fileExists(atPath: old) && FileManager.default.fileExists(atPath: new))
            #expect(read(key, in: cache) == "x")
        }
    }
}
