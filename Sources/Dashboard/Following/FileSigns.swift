import Glibc
import StudyStore

/// By which a study that has changed is told from one that has not, without opening it.
struct FileSigns: Sendable {
    private struct Sign: Sendable, Hashable {
        var (device, inode, size, seconds, nanoseconds) = (0, 0, 0, 0, 0)

        init(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return }
            (device, inode, size) = (Int(status.st_dev), Int(status.st_ino), Int(status.st_size))
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }

        var milliseconds: Int { seconds * 1000 + nanoseconds / 1_000_000 }
    }

    private let (database, log): (Sign, Sign)
    /// Who runs the study; nil: nobody.
    let holder: String?
    /// Whether the files were written so lately that what was written may not be readable yet: it is once the disk has it.
    let isFresh: Bool

    init(_ folder: StudyFolder) {
        (database, log) = (Sign(folder.database), Sign(folder.database + "-wal"))
        holder = StudyLock.holder(of: folder)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = now.tv_sec * 1000 + now.tv_nsec / 1_000_000
        isFresh = time - max(database.milliseconds, log.milliseconds) < 2000
    }

    /// Whether nothing can have happened in between.
    func isUnchanged(since last: FileSigns?) -> Bool {
        guard let last, !last.isFresh else { return false }
        return looksLike(last)
    }

    func looksLike(_ last: FileSigns) -> Bool { last.database == database && last.log == log && last.holder == holder }

    /// Whether both are of one file: a study that was removed and made again is another.
    func isSameFile(as last: FileSigns?) -> Bool {
        last?.database.device == database.device && last?.database.inode == database.inode
    }
}
