import GRDB
import Glibc
import TrainerSettings

extension StudyStore {
    /// Whether the write-ahead log is shorter than what is in it: another program has cut it. What would be written behind the gap
    /// would make the store unreadable.
    var isLogCut: Bool {
        var status = stat()
        guard let least = pool.writeWithoutTransaction(LogIndex.leastBytes), stat(folder.database + "-wal", &status) == 0
        else { return false }
        return Int(status.st_size) < least
    }

    /// Puts a new store in the place of one whose log was cut, from what this process still has of it in its memory.
    ///
    /// - Returns: whether that was the whole.
    func rescue() -> Bool {
        let draft = folder.database + ".new"
        func removeDraft() { for end in ["", "-wal", "-shm", "-journal"] { unlink(draft + end) } }
        removeDraft()
        do {
            try pool.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [draft]) }
            let queue = try DatabaseQueue(path: draft)
            let isWhole = try queue.writeWithoutTransaction { db in
                // As any store of a study is.
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                return try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") == "ok"
            }
            try queue.close()
            guard isWhole else { throw damaged("what is left of it is not whole") }
        } catch {
            removeDraft()
            return false
        }
        sync(draft)
        // First these: what is left in the cut log is not the new file's.
        for end in ["-wal", "-shm"] { unlink(folder.database + end) }
        guard rename(draft, folder.database) == 0 else { return false }
        AtomicFile.syncFolder(of: folder.database)
        return true
    }

    private func sync(_ path: String) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        Glibc.close(descriptor)
    }
}
