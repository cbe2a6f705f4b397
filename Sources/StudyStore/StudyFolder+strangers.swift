import Glibc
package import Studies
import SystemPackage
import TrainerSettings

/// A folder that somebody sent may hold links and pipes under the names of a study's own files. Through a link, and under a second
/// name of a file, anything that the user may write could be written, and a pipe would be waited for.
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
        let named = [configuration(of: id), launch(of: id), log(of: id), output(of: id), reportsAhead(of: id)]
        let others = ["parameters.json", "ended.json", "processes"].map { folder + "/" + $0 }
        for file in named + others { try Self.requireFile(file) }
        guard programsToo else { return }
        for part in [adapter(of: id), checkpoint(of: id)] { try Self.requireFolder(part, inside: folder) }
    }

    /// Makes the folders, within a trial's own, of a file that is to be written there.
    ///
    /// - Parameters:
    ///   - name: of the file, from that folder on.
    ///   - launchFolder: what one of its launches has instead; nil: the trial's own.
    /// - Throws: `StudyStoreError.foreign` where something else stands for one of them, `.writeFailed`.
    package func makeInnerFolders(for name: String, of id: Trial.ID, in launchFolder: String? = nil) throws(StudyStoreError) {
        var path = launchFolder ?? trial(id)
        for part in name.split(separator: "/").dropLast() {
            path += "/" + part
            guard mkdir(path, 0o777) != 0 else { continue }
            let code = errno
            guard code == EEXIST else {
                throw .writeFailed(path: path, reason: Errno(rawValue: code).description, isFull: code == ENOSPC)
            }
            try Self.requireFolder(path)
        }
    }

    /// The same for the numbers of trials that are still to come.
    ///
    /// - Parameter count: how many trials there are.
    /// - Returns: one error for each number under which something else stands.
    package func strangersToCome(after count: Int) -> [StudyStoreError] {
        let names = (try? FolderName.all(in: path + "/trials")) ?? []
        let numbers = names.compactMap { $0.text.flatMap { Int($0) } }.filter { $0 >= count }
        return numbers.sorted().compactMap { number in
            do throws(StudyStoreError) {
                try requireOwnFiles(of: Trial.ID(number))
                return nil
            } catch { return error }
        }
    }

    private static func requireFile(_ path: String) throws(StudyStoreError) {
        if let kind = RegularFile.stranger(at: path, isOwn: true) {
            throw .foreign(path: path, found: kind, expected: "a regular file")
        }
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
