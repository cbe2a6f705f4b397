package import FoundationEssentials
import Glibc

/// Files that are either whole or as they were before. Whatever is written again is written by it, in either tower.
package enum AtomicFile {
    /// Writes beside the path, brings it to the disk, then renames over it.
    ///
    /// - Parameters:
    ///   - previous: a path in the same folder that what was there before gets; nil: it goes.
    ///   - durable: false leaves it to the system when the file comes to the disk: after a power cut it may be damaged.
    /// - Throws: ``AtomicFileError``; nothing is left behind.
    package static func write(
        _ parts: [Data], to path: String, keeping previous: String? = nil, durable: Bool = true
    ) throws(AtomicFileError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw AtomicFileError(path: path, code: errno) }
        do throws(AtomicFileError) {
            for part in parts { try write(part, to: descriptor, path: path) }
            guard !durable || fsync(descriptor) == 0 else { throw AtomicFileError(path: path, code: errno) }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        // Only now is there something that can take the place of what was there.
        guard close(descriptor) == 0, keep(path, as: previous), rename(temporary, path) == 0 else {
            let error = AtomicFileError(path: path, code: errno)
            unlink(temporary)
            throw error
        }
        if durable { syncFolder(of: path) }
    }

    private static func keep(_ path: String, as previous: String?) -> Bool {
        guard let previous else { return true }
        return rename(path, previous) == 0 || errno == ENOENT
    }

    private static func write(_ data: Data, to descriptor: Int32, path: String) throws(AtomicFileError) {
        let code: Int32 = data.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : ENOSPC }
                rest = rest.dropFirst(count)
            }
            return 0
        }
        if code != 0 { throw AtomicFileError(path: path, code: code) }
    }

    /// A new name itself is durable only once its folder is.
    package static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Removes what processes that were killed had begun to write in a folder: nobody takes a minute for a file.
    package static func removeAbandoned(in folder: String, prefix: String = "") {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            var status = stat()
            let path = folder + "/" + name
            if stat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec > 60 { unlink(path) }
        }
    }
}

/// Why a file could not be written.
package struct AtomicFileError: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    /// The system's, `ENOSPC` say.
    package let code: Int32

    package var problem: String { "cannot be written: \(String(cString: strerror(code)))" }
    package var description: String { "\(path): \(problem)" }
}
