import Glibc

/// Makes a folder and those above it.
///
/// - Throws: `AtomicFileError` with what the system says, which Foundation does not always know; ENOTDIR where a file is in the way.
package func makeFolders(_ path: String) throws(AtomicFileError) {
    guard mkdir(path, 0o777) != 0 else { return }
    switch errno {
    case EEXIST:
        // Made just now by another process, perhaps.
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw AtomicFileError(path: path, code: ENOTDIR)
        }
    case ENOENT:
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard !parent.isEmpty else { throw AtomicFileError(path: path, code: ENOENT) }
        do throws(AtomicFileError) { try makeFolders(parent) } catch { throw AtomicFileError(path: path, code: error.code) }
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw AtomicFileError(path: path, code: errno) }
    case let code: throw AtomicFileError(path: path, code: code)
    }
}
