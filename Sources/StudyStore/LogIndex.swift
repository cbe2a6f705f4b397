import GRDB
import GRDBSQLite

/// The index of a store's write-ahead log: memory that SQLite shares between processes (study.sqlite-shm).
///
/// It is asked for by way of the connection: whoever opens and closes that file himself takes SQLite's locks of it away.
enum LogIndex {
    private static let (version, region): (UInt32, Int32) = (3_007_000, 32 << 10)
    private static let (headerBytes, frameHeaderBytes) = (32, 24)

    /// Bytes that the log has at least, by what the index says is in it; nil: that is not known.
    static func leastBytes(_ db: Database) -> Int? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let found = withUnsafeMutablePointer(to: &file) {
            sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, $0)
        }
        guard found == SQLITE_OK, let file, let methods = file.pointee.pMethods, methods.pointee.iVersion >= 2,
            let map = methods.pointee.xShmMap
        else { return nil }
        var memory: UnsafeMutableRawPointer?
        guard map(file, 0, region, 0, &memory) == SQLITE_OK, let memory,
            memory.loadUnaligned(as: UInt32.self) == version
        else { return nil }
        let page = Int(memory.loadUnaligned(fromByteOffset: 14, as: UInt16.self))
        let frames = Int(memory.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        return frames == 0 ? 0 : headerBytes + frames * ((page == 1 ? 65536 : page) + frameHeaderBytes)
    }
}
