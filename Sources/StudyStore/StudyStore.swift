import FoundationEssentials
import GRDB
import GRDBSQLite
import Glibc
package import Studies
import TrainerSettings

/// A study's history in SQLite: one transaction for each thing that happens, durable before it returns.
package struct StudyStore: Sendable {
    package let folder: StudyFolder
    let pool: DatabasePool
    /// What a run began with; nil: nobody holds the study's lock, as in a test.
    private(set) var presence: StudyPresence?
    /// The number of the last request that was made before this run had the study's lock; nil: nobody holds it.
    package private(set) var requestsBefore: Int?
    /// Whether it reads a file that it takes for unchanging: what is written later is not seen.
    package private(set) var isFixed = false

    /// Makes a study that is not there yet; it appears whole or not at all.
    ///
    /// - Throws: `StudyStoreError.exists`, `.notWritable`, `.writeFailed`.
    package static func create(_ record: StudyRecord, in folder: StudyFolder) throws -> StudyStore {
        guard access(folder.database, F_OK) != 0 else { throw StudyStoreError.exists(name: folder.name, folder: folder.path) }
        try folder.make()
        try folder.requireOwnFiles()
        let draft = folder.database + ".new"
        func removeDraft() { for end in ["", "-wal", "-shm", "-journal"] { unlink(draft + end) } }
        removeDraft()
        do {
            try fill(draft, with: record)
        } catch {
            removeDraft()
            if DiskSpace.isBehind(error, at: folder.storePath) {
                throw StudyStoreError.writeFailed(path: folder.database, reason: reason(error), isFull: true)
            }
            if DiskSpace.fileLimit != nil, (error as? DatabaseError)?.resultCode == .SQLITE_IOERR {
                throw StudyStoreError.writeFailed(path: folder.database, reason: reason(error), isFull: false)
            }
            throw StudyStoreError.notWritable(path: folder.path, reason: reason(error))
        }
        guard rename(draft, folder.database) == 0 else {
            let code = errno
            removeDraft()
            throw StudyStoreError.notWritable(path: folder.database, reason: String(cString: strerror(code)))
        }
        AtomicFile.syncFolder(of: folder.database)
        return try open(folder, for: .writing)
    }

    private static func fill(_ draft: String, with record: StudyRecord) throws {
        let queue = try DatabaseQueue(path: draft)
        // From the start: a controller killed while it turned the log on would leave what no reader can open.
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
        try Migrations.all.migrate(queue)
        try queue.write { try record.insert($0) }
        try queue.close()
    }

    /// Seconds: another program may hold the study for a while, and a run is not ended for that.
    static let patience = 60.0

    /// KiB of pages that a connection keeps: all of what is in the log, and so in no other file yet, is among them as a rule.
    private static let memory = 32 << 10

    /// Bytes of a text or a row; what is larger no study has, and it would take the memory.
    private static let largestCell: Int32 = 256 << 20

    /// Seconds that whoever reads or asks waits.
    private static let impatience = 5.0

    package enum Purpose: Sendable {
        case reading, writing
        /// To put requests beside a controller that writes.
        case asking
    }

    /// Opens a study; for reading, nothing is changed, whoever runs it meanwhile.
    ///
    /// - Parameter isWritable: whether the study's folder and disk can be written; nil: as the system says.
    /// - Throws: `StudyStoreError.noSuchStudy`, `.earlierRun`, `.newer`, `.damaged`, `.busy`, `.notWritable`, `.writeFailed`.
    package static func open(_ folder: StudyFolder, for purpose: Purpose, isWritable: Bool? = nil) throws -> StudyStore {
        try folder.requireHere()
        guard access(folder.database, F_OK) == 0 else {
            throw StudyStoreError.noSuchStudy(name: folder.name, root: folder.root, hint: folder.nearestNameHint)
        }
        try folder.requireOwnFiles()
        if purpose != .reading, access(folder.database, W_OK) != 0 || access(folder.storePath, W_OK) != 0 {
            throw StudyStoreError.notWritable(path: folder.path, reason: String(cString: strerror(errno)))
        }
        if purpose != .writing, StudyLock.isLogGone(folder) {
            throw StudyStoreError.displaced(
                name: folder.name,
                problem:
                    "\(folder.database)-wal was removed or replaced while the study runs, so that what is recorded cannot be"
                    + " seen before the run ends")
        }
        var configuration = Configuration()
        configuration.busyMode = .timeout(purpose == .writing ? patience : impatience)
        configuration.foreignKeysEnabled = true
        configuration.readonly = purpose == .reading
        configuration.prepareDatabase { db in
            sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, largestCell)
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            if purpose == .writing { try db.execute(sql: "PRAGMA cache_size = -\(memory)") }
            // To fold the log is the controller's work, which would have to wait for it.
            if purpose == .asking { try db.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
        }
        do {
            let path = purpose == .reading ? ReadingPlace.path(of: folder, isWritable: isWritable) : folder.database
            let pool = try DatabasePool(path: path, configuration: configuration)
            if let stranger = try pool.read(SchemaCheck.program) {
                throw StudyStoreError.damaged(path: folder.database, reason: "it has \(stranger), which no autolora has made")
            }
            guard try pool.read({ try !Migrations.all.hasBeenSuperseded($0) }) else {
                throw StudyStoreError.newer(path: folder.database)
            }
            if purpose == .writing {
                // GRDB sets NORMAL when it turns the write-ahead log on; a report must survive a power cut.
                try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                try migrate(pool)
            } else if purpose == .asking, try !pool.read({ try $0.tableExists(RequestRecord.databaseTableName) }) {
                if let holder = StudyLock.holder(of: folder) {
                    throw StudyStoreError.earlierRun(name: folder.name, holder: holder)
                }
                try migrate(pool)
            }
            var store = StudyStore(folder: folder, pool: pool)
            store.isFixed = path != folder.database
            return store
        } catch {
            throw refusal(of: folder, error)
        }
    }

    /// Brings the schema up to date. Others may do so at the same time, a run and some who ask: whoever is second goes on from there.
    private static func migrate(_ pool: DatabasePool) throws {
        while true {
            let before = try pool.read(Migrations.all.appliedMigrations)
            do { return try Migrations.all.migrate(pool) } catch {
                guard try pool.read(Migrations.all.appliedMigrations) != before else { throw error }
            }
        }
    }

    /// The store as the holder of the study's lock has it: it looks whether its files are where they were before it writes.
    package func held(by lock: borrowing StudyLock) -> StudyStore {
        var store = self
        let presence = StudyPresence(folder)
        lock.note(log: presence.logNumber)
        store.presence = presence
        store.requestsBefore = try? pool.read { try Int.fetchOne($0, RequestRecord.select(max(Column.rowID))) ?? 0 }
        return store
    }

    /// Gives the store's files back: its log goes with the last program that reads it. Files that are no longer this run's are let be.
    package func close() {
        guard presence?.problem == nil else { return }
        // The last connection takes the log away, and one that only reads cannot.
        pool.invalidateReadOnlyConnections()
        try? pool.close()
    }

    /// The study's own row.
    package func study() throws -> StudyRecord { try read(studyRow) }

    /// Everything that decisions are made from.
    package func history() throws -> History {
        let (study, trials) = try read { (try studyRow($0), try trialRows($0)) }
        return study.history(trials.map(\.trial))
    }

    /// A row that is no part of its statement any more is decoded strictly: a text is not taken for the number 0.
    func studyRow(_ db: Database) throws -> StudyRecord {
        guard let row = try Row.fetchOne(db, StudyRecord.all()) else { throw damaged("it has no study") }
        return try StudyRecord(row: row)
    }
}

extension StudyStore {
    /// The version of the SQLite library in use.
    package static var sqliteVersion: String {
        (try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }) ?? "unknown"
    }

    /// What the connection that writes was told: `synchronous`, `foreign_keys`, `journal_mode`.
    package func pragmas() throws -> (synchronous: Int?, foreignKeys: Int?, journalMode: String?) {
        try pool.writeWithoutTransaction { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA synchronous"), try Int.fetchOne(db, sql: "PRAGMA foreign_keys"),
                try String.fetchOne(db, sql: "PRAGMA journal_mode")
            )
        }
    }
}
