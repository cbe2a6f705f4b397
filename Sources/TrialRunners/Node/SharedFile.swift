import Glibc
import TrainerSettings

/// Files that another machine writes or reads. Each look opens them again: an open file of a network's file system may show an old length.
enum SharedFile {
    private static let piece = 1 << 20

    /// The bytes from a place on, at most a mebibyte of them.
    ///
    /// - Throws: `RegularFileError`: there is no news of it.
    static func read(_ path: String, from start: Int) throws(RegularFileError) -> [UInt8] {
        let file = try RegularFile.open(path, links: .refused)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: piece)
        let count = pread(file, &bytes, piece, off_t(start))
        guard count >= 0 else { throw RegularFileError(path: path, code: errno) }
        return Array(bytes[..<count])
    }

    /// Appends whole lines and brings them to the disk.
    ///
    /// - Returns: whether all of it is there.
    static func append(_ bytes: [UInt8], to path: String, durably: Bool = true) -> Bool {
        guard let file = try? RegularFile.open(path, flags: O_WRONLY | O_APPEND | O_CREAT, links: .refused) else {
            return false
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        let isOnDisk = !durably || fdatasync(file) == 0
        // A network's file system may say only now that it had no room.
        return close(file) == 0 && rest.isEmpty && isOnDisk
    }

    /// Brings to the disk what this machine has written to a file, whoever did.
    ///
    /// - Returns: whether all of it is there.
    @discardableResult static func sync(_ path: String) -> Bool {
        guard let file = try? RegularFile.open(path) else { return false }
        let isOnDisk = fdatasync(file) == 0
        return close(file) == 0 && isOnDisk
    }
}
