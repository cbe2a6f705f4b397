import Foundation
import Glibc
import Testing

@testable import Checkpoints

/// Examples of 3, 1, 0, 5, ... rows of 7 floats, each a function of its number.
struct Numbers {
    let count: Int
    let width = 7
    let offsets: [Int]

    init(_ count: Int = 20) {
        self.count = count
        offsets = (0..<count).reduce(into: [0]) { $0.append($0[$0.count - 1] + [3, 1, 0, 5][$1 % 4]) }
    }

    func rows(_ example: Int) -> [Float] {
        (0..<(offsets[example + 1] - offsets[example]) * width).map { Float(example * 1000 + $0) + 0.5 }
    }

    func open(
        _ folder: String, _ key: CacheKey = CacheKey(kind: "rows", ["k": "1"]), limit: Int = 1 << 20
    ) throws -> RowCache {
        try RowCache(CacheFolder(folder), key, offsets: offsets, width: width, limit: limit)
    }

    func write(_ examples: some Sequence<Int>, to cache: RowCache) {
        for example in examples { rows(example).withUnsafeBufferPointer { cache.write(example, $0.baseAddress!) } }
    }

    /// Which examples are there; each of them is as it was written.
    func there(_ cache: RowCache) -> [Int] {
        (0..<count).filter { example in
            var values = [Float](repeating: -1, count: max(1, rows(example).count))
            guard values.withUnsafeMutableBufferPointer({ cache.read(example, into: $0.baseAddress!) }) else { return false }
            #expect(Array(values.prefix(rows(example).count)) == rows(example))
            return true
        }
    }
}

@Suite struct RowCacheTests {
    private let numbers = Numbers()
    private let key = CacheKey(kind: "rows", ["k": "1"])

    private func bytes(_ folder: String, _ key: CacheKey? = nil) throws -> Data {
        try Data(contentsOf: URL(filePath: CacheFolder(folder).file(key ?? self.key)))
    }

    @Test func `what is written is there for others, what is not is not`() throws {
        try withTemporaryFolder { folder in
            let cache = try numbers.open(folder + "/deep/cache")
            #expect(cache.capacity == 20)
            #expect(numbers.there(cache).isEmpty)
            numbers.write([3, 0, 19, 2], to: cache)
            #expect(numbers.there(cache) == [0, 2, 3, 19])
            #expect(numbers.there(try numbers.open(folder + "/deep/cache")) == [0, 2, 3, 19])
            #expect(cache.problem == nil)
        }
    }

    @Test func `each damaged byte costs one example, which can be written again`() throws {
        try withTemporaryFolder { folder in
            let cache = try numbers.open(folder)
            numbers.write(0..<20, to: cache)
            let whole = try bytes(folder)
            let layout = RowLayout(start: key.header.count, offsets: numbers.offsets, width: 7)
            let file = try FileHandle(forUpdating: URL(filePath: CacheFolder(folder).file(key)))
            for index in stride(from: layout.start, to: whole.count, by: 3) {
                let example = try #require((0..<20).last { layout.offset($0) <= index })
                try file.seek(toOffset: UInt64(index))
                try file.write(contentsOf: Data([whole[index] ^ 0x40]))
                #expect(numbers.there(cache) == (0..<20).filter { $0 != example })
                numbers.write([example], to: cache)
            }
            #expect(numbers.there(cache).count == 20)
            #expect(try bytes(folder) == whole)
        }
    }

    @Test func `a record in another's place is not taken for it`() throws {
        try withTemporaryFolder { folder in
            // Examples 0 and 4 have as many rows.
            let cache = try numbers.open(folder)
            numbers.write([0], to: cache)
            let layout = RowLayout(start: key.header.count, offsets: numbers.offsets, width: 7)
            let record = try bytes(folder)[layout.offset(0)..<layout.offset(1)]
            let file = try FileHandle(forUpdating: URL(filePath: CacheFolder(folder).file(key)))
            try file.seek(toOffset: UInt64(layout.offset(4)))
            try file.write(contentsOf: record)
            #expect(numbers.there(cache) == [0])
        }
    }

    @Test func `a file cut short keeps what is left of it and grows again`() throws {
        try withTemporaryFolder { folder in
            var cache: RowCache? = try numbers.open(folder)
            numbers.write(0..<20, to: try #require(cache))
            let size = try bytes(folder).count
            #expect(truncate(CacheFolder(folder).file(key), off_t(size / 2)) == 0)
            let left = numbers.there(try #require(cache))
            #expect((5..<15).contains(left.count) && left == Array(0..<left.count))
            cache = nil
            let again = try numbers.open(folder)
            #expect(numbers.there(again) == left)
            numbers.write(0..<20, to: again)
            #expect(numbers.there(again).count == 20)
        }
    }

    @Test(arguments: [Data(), Data("garbage".utf8), Data(repeating: 7, count: 5000)])
    func `a file that is none of ours is replaced`(contents: Data) throws {
        try withTemporaryFolder { folder in
            try contents.write(to: URL(filePath: CacheFolder(folder).file(key)))
            let cache = try numbers.open(folder)
            #expect(numbers.there(cache).isEmpty)
            numbers.write(0..<20, to: cache)
            #expect(numbers.there(try numbers.open(folder)).count == 20)
        }
    }

    @Test func `a file of another key under this one's name is replaced`() throws {
        try withTemporaryFolder { folder in
            let other = CacheKey(kind: "rows", ["k": "2"])
            numbers.write(0..<20, to: try numbers.open(folder, other))
            let cache = CacheFolder(folder)
            try FileManager.default.moveItem(atPath: cache.file(other), toPath: cache.file(key))
            #expect(numbers.there(try numbers.open(folder)).isEmpty)
        }
    }

    @Test func `many at once fill one file`() async throws {
        let folder = NSTemporaryDirectory() + "rows-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = key
        let examples = 400
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    let numbers = Numbers(examples)
                    guard let cache = try? numbers.open(folder, key) else {
                        Issue.record("no file")
                        return
                    }
                    numbers.write((0..<examples).filter { ($0 + worker) % 3 != 0 }, to: cache)
                    _ = numbers.there(cache)
                }
            }
        }
        #expect(Numbers(examples).there(try Numbers(examples).open(folder, key)).count == examples)
    }

    @Test func `a full disk ends the writing and nothing else`() throws {
        let layout = RowLayout(start: 64, offsets: numbers.offsets, width: 7)
        let full = RowCache(
            descriptor: open("/dev/full", O_RDWR | O_CLOEXEC), size: layout.size, layout: layout, key: key, path: "/dev/full")
        #expect(full.capacity == 20)
        numbers.write([0], to: full)
        #expect(full.problem?.description == "/dev/full: cannot be written: No space left on device")
        numbers.write([1], to: full)
        #expect(numbers.there(full).isEmpty)
    }

    @Test func `a folder that cannot be made is an error that names it`() {
        let error = #expect(throws: CheckpointError.self) { try numbers.open("/dev/null/cache") }
        #expect(error?.path == "/dev/null/cache")
    }
}

@Suite struct CacheRoomTests {
    private let numbers = Numbers()

    private func key(_ number: Int) -> CacheKey { CacheKey(kind: "rows", ["k": "\(number)"]) }
    private var size: Int { RowLayout(start: key(1).header.count, offsets: numbers.offsets, width: 7).size }

    private func names(_ folder: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != "lock" })
    }

    private func total(_ folder: String) throws -> Int {
        try names(folder).filter { $0.hasPrefix("rows-") }.reduce(0) { sum, name in
            sum + (try FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.size] as? Int ?? 0)
        }
    }

    @Test func `the longest unused files go when a new one wants their room`() throws {
        try withTemporaryFolder { folder in
            let limit = size * 3
            for number in 1...3 { numbers.write(0..<20, to: try numbers.open(folder, key(number), limit: limit)) }
            _ = try numbers.open(folder, key(1), limit: limit)
            #expect(try numbers.open(folder, key(4), limit: limit).capacity == 20)
            #expect(try names(folder) == Set([1, 3, 4].map { key($0).fileName }))
            #expect(try total(folder) <= limit)
        }
    }

    @Test func `what is in use stays, and the new file makes do with what is left`() throws {
        try withTemporaryFolder { folder in
            let limit = size * 2 + size / 2
            let used = try numbers.open(folder, key(1), limit: limit)
            numbers.write(0..<20, to: used)
            let also = try numbers.open(folder, key(2), limit: limit)
            let third = try numbers.open(folder, key(3), limit: limit)
            #expect((1..<19).contains(third.capacity))
            #expect(try total(folder) <= limit)
            numbers.write(0..<20, to: third)
            #expect(numbers.there(third) == Array(0..<third.capacity))
            #expect(third.problem == nil)
            #expect(try total(folder) <= limit)
            #expect(throws: CheckpointError.self) { try numbers.open(folder, key(4), limit: limit) }
            #expect(numbers.there(used).count == 20 && also.capacity == 20)
        }
    }

    @Test func `a file grows when there is room again, and shrinks when the limit does`() throws {
        try withTemporaryFolder { folder in
            var small: RowCache? = try numbers.open(folder, key(1), limit: size / 2)
            let first = try #require(small).capacity
            numbers.write(0..<20, to: try #require(small))
            #expect(try numbers.open(folder, key(1), limit: size).capacity == 20)
            #expect(numbers.there(try numbers.open(folder, key(1), limit: size)) == Array(0..<first))
            // Not while it is in use.
            #expect(try numbers.open(folder, key(1), limit: size / 2).capacity == 20)
            small = nil
            #expect(try numbers.open(folder, key(1), limit: size / 2).capacity == first)
            #expect(try total(folder) <= size / 2)
        }
    }

    @Test func `what else the disk is for keeps its room`() throws {
        try withTemporaryFolder { folder in
            let mean = CacheRoom(CacheFolder(folder), kind: "rows", limit: size, reserve: 1 << 60)
            let error = #expect(throws: CheckpointError.self) { try mean.open(key(1), size: size) }
            #expect(error?.problem.hasPrefix("has no room: \(size) bytes for all") == true)
            #expect(try names(folder).isEmpty)
            let file = try CacheRoom(CacheFolder(folder), kind: "rows", limit: size, reserve: 0).open(key(1), size: size)
            #expect(file.size == size)
            close(file.descriptor)
        }
    }

    @Test func `files of another kind neither count nor go`() throws {
        try withTemporaryFolder { folder in
            try [UInt8](repeating: 1, count: 10_000).withUnsafeBytes {
                try CacheFolder(folder).write($0, as: CacheKey(kind: "tokens", [:]))
            }
            #expect(try numbers.open(folder, key(1), limit: size).capacity == 20)
            #expect(try numbers.open(folder, key(2), limit: size).capacity == 20)
            #expect(try names(folder) == [key(2).fileName, CacheKey(kind: "tokens", [:]).fileName])
        }
    }

    @Test func `many that make files at once stay within the limit together`() async throws {
        let folder = NSTemporaryDirectory() + "room-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let limit = size * 2
        let count = await withTaskGroup(of: Int.self) { group in
            for key in (0..<8).map(key) {
                group.addTask {
                    let numbers = Numbers()
                    guard let cache = try? numbers.open(folder, key, limit: limit) else { return 0 }
                    numbers.write(0..<20, to: cache)
                    return 1
                }
            }
            return await group.reduce(0, +)
        }
        #expect(try total(folder) <= limit)
        #expect(count >= 2)
    }

    @Test func `the folder may go away under a file in use`() throws {
        try withTemporaryFolder { folder in
            let cache = try numbers.open(folder + "/cache")
            numbers.write([1], to: cache)
            try FileManager.default.removeItem(atPath: folder + "/cache")
            numbers.write([2], to: cache)
            #expect(numbers.there(cache) == [1, 2])
            #expect(cache.problem == nil)
            #expect(try numbers.open(folder + "/cache").capacity == 20)
        }
    }
}
