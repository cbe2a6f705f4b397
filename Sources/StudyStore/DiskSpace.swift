import FoundationEssentials
import GRDB
import Glibc

/// What is left on a disk.
package enum DiskSpace {
    /// SQLite's index of its log takes as much in one piece.
    static let least = 64 << 10

    /// Bytes that a user may still write; nil where the system does not tell.
    package static func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }

    /// Bytes that a file, or all files in a folder, take on the disk; 0 where there is none. Links are not followed.
    package static func bytes(at path: String) -> Int {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        let own = Int(status.st_blocks) * 512
        guard status.st_mode & S_IFMT == S_IFDIR else { return own }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.reduce(own) { $0 + bytes(at: path + "/" + $1) }
    }

    /// Bytes beyond which no file of this process may grow (`ulimit -f`); nil: as the disk has it.
    static var fileLimit: Int? {
        var limit = rlimit()
        guard getrlimit(.init(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else { return nil }
        return Int(limit.rlim_cur)
    }

    /// Whether an error comes from a full disk; SQLite itself often only knows that something could not be written.
    static func isBehind(_ error: any Error, at path: String) -> Bool {
        guard let code = (error as? DatabaseError)?.resultCode else { return false }
        if code == .SQLITE_FULL { return true }
        return [.SQLITE_IOERR, .SQLITE_CANTOPEN].contains(code) && freeBytes(at: path).map { $0 < least } ?? false
    }
}
