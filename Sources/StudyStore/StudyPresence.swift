import Glibc
import SystemPackage

/// The files that a run began with. A run that no longer finds them where they were must not go on: another controller may have
/// come in by a new lock, and the trials of a moved folder would be written in two places.
package struct StudyPresence: Sendable {
    private struct FileID: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        }
    }

    private let folder: StudyFolder
    private let lock: FileID?
    private let place: FileID?
    private let database: FileID?
    private let log: FileID?

    /// - Parameter folder: of a study whose lock is held and whose store is open.
    init(_ folder: StudyFolder) {
        self.folder = folder
        lock = FileID(folder.lock)
        place = FileID(folder.path)
        database = FileID(folder.database)
        log = FileID(folder.database + "-wal")
    }

    /// Of the store's write-ahead log, by which readers know it; nil: there is none.
    var logNumber: UInt64? { log?.inode }

    enum Problem {
        /// Other files are here now, or none: they are not this run's to write.
        case elsewhere(String)
        /// The log alone is gone, which this process still has open.
        case withoutLog(String)
    }

    /// nil: everything is where it was.
    var problem: Problem? {
        if FileID(folder.path) != place {
            return .elsewhere("its folder \(folder.path) was moved or replaced while it ran; resume it where it is now")
        }
        if FileID(folder.lock) != lock {
            return .elsewhere(
                "its lock \(folder.lock) was removed or replaced while it ran, so that another run may have begun; see to it that"
                    + " none has, then resume it")
        }
        if FileID(folder.database) != database {
            return .elsewhere("\(folder.database) was removed or replaced while it ran; put it back, then resume it")
        }
        if FileID(folder.database + "-wal") != log {
            return .withoutLog("\(folder.database)-wal was removed or replaced while it ran; resume it")
        }
        return nil
    }
}
