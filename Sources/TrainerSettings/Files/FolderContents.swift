import Glibc

/// All that a folder holds, as far as it may be copied: files and folders alone, be it over links that stay within bounds.
package struct FolderContents: Sendable, Hashable {
    /// Paths from the folder on, a folder before what is in it.
    package private(set) var folders: [String] = []
    package private(set) var files: [String] = []

    /// Deeper no trainer's adapter is nested, and a link to a folder above it would have no end.
    private static let deepest = 8
    /// More no adapter holds, and a folder that a link multiplies would.
    private static let most = 10_000

    /// - Parameter bounds: what links may lead to lies in this folder; nil: a user named the folder, and they may lead anywhere.
    /// - Throws: ``RegularFileError`` naming what is neither a file nor a folder, leads out of the bounds, or cannot be read.
    package init(of folder: String, bounds: String?) throws(RegularFileError) {
        try look(at: folder, "", bounds, depth: 0)
    }

    private mutating func look(at path: String, _ name: String, _ bounds: String?, depth: Int) throws(RegularFileError) {
        func problem(_ text: String) -> RegularFileError { RegularFileError(path: path, problem: text, isMissing: false) }
        guard depth < Self.deepest else { throw problem("nested deeper than \(Self.deepest) folders") }
        guard folders.count + files.count < Self.most else {
            throw problem("one of more than \(Self.most) files in its folder")
        }
        if let bounds, RegularFile.stranger(at: path) == RegularFile.link, !RegularFile.leads(path, into: bounds) {
            throw problem(
                "is a symbolic link that leads out of the trial's folder, which is not followed; put the file there")
        }
        var status = stat()
        // A file that its writer has just taken away is not there.
        if depth > 0, lstat(path, &status) != 0, errno == ENOENT { return }
        guard stat(path, &status) == 0 else { throw RegularFileError(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            // A pipe or a device is refused by it, and what may not be read.
            close(try RegularFile.open(path))
            files.append(name)
            return
        }
        folders.append(name)
        for entry in try FolderName.all(in: path) {
            guard let text = entry.text else {
                throw problem("holds a file whose name is not UTF-8 (\(entry.shown)); rename it")
            }
            try look(at: path + "/" + text, name.isEmpty ? text : name + "/" + text, bounds, depth: depth + 1)
        }
    }
}
