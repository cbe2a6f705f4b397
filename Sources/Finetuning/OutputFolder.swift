import FoundationEssentials
import Glibc
import Tasks

/// Whether a folder can be written into, or made where it is not yet; makes nothing.
///
/// - Throws: ``InputError`` naming the folder that stands in the way.
func checkWritable(_ folder: String) throws(InputError) {
    var path = folder
    var isFolder = false
    while !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        path = parent.isEmpty ? "/" : parent
    }
    guard isFolder else { throw InputError(place: path, problem: "is a file where a folder is wanted") }
    guard access(path, W_OK | X_OK) == 0 else { throw InputError(place: path, problem: "cannot be written into") }
}
