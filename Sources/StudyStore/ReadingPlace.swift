import FoundationEssentials
import Glibc

/// Where SQLite is told to read a study: a log beside the file needs a folder that can be written, even for reading.
enum ReadingPlace {
    /// - Parameter isWritable: whether the study's folder can be written, and its disk; nil: as the system says.
    static func path(of folder: StudyFolder, isWritable: Bool? = nil) -> String {
        let isWritable = isWritable ?? (access(folder.storePath, W_OK) == 0 && hasRoom(folder))
        guard !isWritable, StudyLock.holder(of: folder) == nil, isWhole(folder) else { return folder.database }
        return URL(filePath: folder.database).absoluteString + "?immutable=1"
    }

    private static func hasRoom(_ folder: StudyFolder) -> Bool {
        DiskSpace.freeBytes(at: folder.storePath).map { $0 >= DiskSpace.least } ?? true
    }

    /// Whether the file alone is the study: nothing waits in the log.
    private static func isWhole(_ folder: StudyFolder) -> Bool {
        var status = stat()
        return stat(folder.database + "-wal", &status) != 0 || status.st_size == 0
    }
}
