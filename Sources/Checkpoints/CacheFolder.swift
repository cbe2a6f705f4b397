import FoundationEssentials
import Glibc
import TrainerSettings

/// A folder of files that can all be computed again: it may be deleted at any time, and damage in it is only a loss of time.
package struct CacheFolder: Sendable, Hashable {
    package let path: String

    /// Bytes that are left free on the disk, for what cannot be computed again.
    static let reserve = 256 << 20

    package init(_ path: String) { self.path = path }

    package func file(_ key: CacheKey) -> String { path + "/" + key.fileName }

    /// What was written under the key; nil where there is nothing, or something else, or its checksum is wrong.
    package func read(_ key: CacheKey) -> CachedBytes? { CachedBytes(file(key), key) }

    /// The same of what this process has just written: its checksum is not worked out again, so that no page is touched.
    package func map(_ key: CacheKey) -> CachedBytes? { CachedBytes(file(key), key, isChecked: false) }

    /// Makes the folder where it is missing and replaces the key's file atomically.
    ///
    /// - Parameter reserve: bytes that are left free on the disk.
    /// - Throws: `CheckpointError` naming the file: a disk that is full, say. Nothing is left behind.
    package func write(
        _ payload: UnsafeRawBufferPointer, as key: CacheKey, reserve: Int = CacheFolder.reserve
    ) throws(CheckpointError) {
        try make()
        AtomicFile.removeAbandoned(in: path, prefix: key.kind + "-")
        guard payload.count <= freeBytes - reserve else {
            throw CheckpointError(path: file(key), problem: "has no room: the disk's last \(reserve) bytes stay free")
        }
        var seal = Data()
        for number in [UInt64(payload.count), Checksum.of(payload, seed: key.hash)] {
            withUnsafeBytes(of: number.littleEndian) { seal.append(contentsOf: $0) }
        }
        seal.append(contentsOf: [UInt8](repeating: 0, count: CachedBytes.sealSize - seal.count))
        let body = payload.baseAddress.map {
            Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: $0), count: payload.count, deallocator: .none)
        }
        do throws(AtomicFileError) {
            try AtomicFile.write([key.header, seal, body ?? Data()], to: file(key), durable: false)
        } catch {
            throw CheckpointError(error)
        }
    }

    package func make() throws(CheckpointError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            // Foundation leaves errno as it comes; the system's own call says why.
            guard mkdir(path, 0o755) != 0 else { return }
            throw CheckpointError(path: path, problem: "cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// What anyone may write on the folder's disk; 0 where that cannot be told.
    var freeBytes: Int {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { return 0 }
        return Int(clamping: disk.f_bavail.multipliedReportingOverflow(by: disk.f_frsize).partialValue)
    }
}

/// The contents of a cached file, mapped into memory and found whole; valid as long as this value lives.
package struct CachedBytes {
    /// Begins at a multiple of 64 bytes.
    package let bytes: UnsafeRawBufferPointer
    private let file: MappedFile

    /// The payload's size and checksum, filled up to a cache line.
    static let sealSize = 64

    init?(_ path: String, _ key: CacheKey, isChecked: Bool = true) {
        guard let file = try? MappedFile(path: path) else { return nil }
        let header = key.header
        let start = header.count + Self.sealSize
        guard file.bytes.count >= start, file.bytes.prefix(header.count).elementsEqual(header) else { return nil }
        func number(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: file.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        bytes = UnsafeRawBufferPointer(rebasing: file.bytes[start...])
        guard number(header.count) == bytes.count else { return nil }
        if isChecked, number(header.count + 8) != Checksum.of(bytes, seed: key.hash) { return nil }
        self.file = file
    }

    /// Gives the pages back to the system; they come in again from the file when they are touched.
    package func releasePages() { file.releasePages() }
}
