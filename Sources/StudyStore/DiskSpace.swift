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

    /// Whether an error comes from a full disk; SQLite itself often only knows that something could not be written.
    static func isBehind(_ error: any Error, at path: String) -> Bool {
        guard let code = (error as? DatabaseError)?.resultCode else { return false }
        if code == .SQLITE_FULL { return true }
        return [.SQLITE_IOERR, .SQLITE_CANTOPEN].contains(code) && freeBytes(at: path).map { $0 < least } ?? false
    }
}
