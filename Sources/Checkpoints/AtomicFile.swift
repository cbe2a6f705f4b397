package import FoundationEssentials
import Glibc

/// Files that are either whole or as they were before.
package enum AtomicFile {
    /// Writes beside the path, brings it to the disk, then renames over it.
    ///
    /// - Parameter durable: false leaves it to the system when the file comes to the disk: after a power cut it may be damaged.
    /// - Throws: `CheckpointError` naming the file and what the system said; nothing is left behind.
    package static func write(_ parts: [Data], to path: String, durable: Bool = true) throws(CheckpointError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        do throws(CheckpointError) {
            for part in parts { try write(part, to: descriptor, path: path) }
            guard !durable || fsync(descriptor) == 0 else { throw failure(path) }
            guard close(descriptor) == 0 else { throw failure(path) }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let error = failure(path)
            unlink(temporary)
            throw error
        }
        if durable { syncFolder(of: path) }
    }

    private static func write(_ data: Data, to descriptor: Int32, path: String) throws(CheckpointError) {
        let failed = data.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return true }
                rest = rest.dropFirst(count)
            }
            return false
        }
        if failed { throw failure(path) }
    }

    /// The new name itself is durable only once its folder is.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func failure(_ path: String) -> CheckpointError {
        CheckpointError(path: path, problem: "cannot be written: \(String(cString: strerror(errno)))")
    }
}
