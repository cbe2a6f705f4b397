import Glibc
package import Studies
import TrainerSettings

/// A folder that somebody sent may hold links and pipes under the names of a study's own files. Through a link anything that the
/// user may write could be written, and a pipe would be waited for.
extension StudyFolder {
    /// - Throws: `StudyStoreError.foreign` where something that is no regular file stands for the store's files or the lock, or
    ///   something that is no folder for the folders.
    package func requireOwnFiles() throws(StudyStoreError) {
        for end in ["", "-wal", "-shm", "-journal", ".new"] { try Self.requireFile(database + end) }
        try Self.requireFile(lock)
        for name in ["trials", "cache"] { try Self.requireFolder(path + "/" + name) }
    }

    /// The same for what a trial's folder holds. A trainer may have put links to what lies in that folder.
    ///
    /// - Parameter programsToo: whether to look at what a trial's program writes, where another program than ours may have put links
    ///   of its own.
    /// - Throws: `StudyStoreError.foreign`.
    package func requireOwnFiles(of id: Trial.ID, programsToo: Bool = true) throws(StudyStoreError) {
        let folder = trial(id)
        try Self.requireFolder(folder)
        let others = [folder + "/parameters.json", folder + "/ended.json"]
        let files = [configuration(of: id), log(of: id), output(of: id), reportsAhead(of: id)] + others
        for file in files { try Self.requireFile(file) }
        guard programsToo else { return }
        for part in [adapter(of: id), checkpoint(of: id)] { try Self.requireFolder(part, inside: folder) }
    }

    private static func requireFile(_ path: String) throws(StudyStoreError) {
        if let kind = RegularFile.stranger(at: path) { throw .foreign(path: path, found: kind, expected: "a regular file") }
    }

    private static func requireFolder(_ path: String, inside folder: String? = nil) throws(StudyStoreError) {
        guard let kind = RegularFile.stranger(at: path) else {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { return }
            throw .foreign(path: path, found: "a regular file", expected: "a folder")
        }
        if kind == RegularFile.folder { return }
        if let folder, kind == RegularFile.link, RegularFile.leads(path, into: folder) { return }
        throw .foreign(path: path, found: kind, expected: "a folder")
    }
}
