package import FoundationEssentials
import Glibc

/// Files that come from outside. A named pipe would be waited for and a device can have no end, so neither is opened.
package enum RegularFile {
    package enum Links: Sendable {
        /// As a user, or a model folder that shares its files with others, has them.
        case followed
        /// For what only this program writes: where a link stands there, or a file that has another name too, somebody else has
        /// put it.
        case refused
    }

    /// Opens a file for reading.
    ///
    /// - Returns: a descriptor that the caller closes.
    /// - Throws: ``RegularFileError``.
    package static func open(_ path: String, links: Links = .followed) throws(RegularFileError) -> Int32 {
        try open(path, flags: O_RDONLY, links: links)
    }

    /// The whole of a file.
    ///
    /// - Parameter limit: what is larger is refused before it is read.
    /// - Throws: ``RegularFileError``.
    package static func read(
        _ path: String, atMost limit: Int = .max, links: Links = .followed
    ) throws(RegularFileError) -> Data {
        let descriptor = try open(path, links: links)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw RegularFileError(path: path, code: errno) }
        func tooLarge() -> RegularFileError {
            let problem = "is larger than \(ByteCount(bytes: limit)), the most that is read of such a file"
            return RegularFileError(path: path, problem: problem, isMissing: false)
        }
        guard status.st_size <= limit else { throw tooLarge() }
        var data = Data(count: Int(status.st_size))
        // One byte more than it says: a file in /proc says 0, and another may be growing.
        var (count, room) = (0, [UInt8](repeating: 0, count: 4096))
        while true {
            let length = count < data.count ? data.count - count : room.count
            let result =
                count < data.count
                ? data.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, length) }
                : Glibc.read(descriptor, &room, length)
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw RegularFileError(path: path, code: errno) }
            guard result > 0 else { return data.prefix(count) }
            if count == data.count { data.append(contentsOf: room[..<result]) }
            count += result
            guard count <= limit else { throw tooLarge() }
        }
    }

    /// Opens a file with flags of the system's `open`; one that is made can be read by all and written by its owner.
    ///
    /// - Throws: ``RegularFileError``.
    package static func open(_ path: String, flags: Int32, links: Links) throws(RegularFileError) -> Int32 {
        // Without waiting: a pipe that nobody writes to would be waited for.
        let flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (links == .refused ? O_NOFOLLOW : 0)
        // Looked at first, as to open some devices does something already.
        var status = stat()
        let found = links == .refused ? lstat(path, &status) : stat(path, &status)
        if found == 0 { try check(status, path, links) }
        let descriptor = Glibc.open(path, flags, 0o644)
        guard descriptor >= 0 else { throw RegularFileError(path: path, code: errno) }
        do throws(RegularFileError) {
            guard fstat(descriptor, &status) == 0 else { throw RegularFileError(path: path, code: errno) }
            try check(status, path, links)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func check(_ status: stat, _ path: String, _ links: Links) throws(RegularFileError) {
        guard let kind = kind(of: status) else {
            guard links == .refused, status.st_nlink > 1 else { return }
            throw RegularFileError(path: path, problem: "is \(hardLink), not a regular file of its own", isMissing: false)
        }
        throw RegularFileError(path: path, problem: "is \(kind), not a regular file", isMissing: false)
    }

    /// What stands at a path where only a regular file should, a link being none; nil: such a file, or nothing.
    ///
    /// - Parameter isOwn: whether this program writes the file: another name of it, anywhere, would be written to as well.
    package static func stranger(at path: String, isOwn: Bool = false) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return kind(of: status) ?? (isOwn && status.st_nlink > 1 ? hardLink : nil)
    }

    package static let folder = "a folder"
    package static let link = "a symbolic link"
    private static let hardLink = "a file that has another name too (a hard link)"

    /// Whether what a path leads to, over any links, lies in a folder.
    package static func leads(_ path: String, into folder: String) -> Bool {
        guard let place = realPath(path), let root = realPath(folder) else { return false }
        return place.hasPrefix(root + "/")
    }

    private static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func kind(of status: stat) -> String? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: folder
        case S_IFLNK: link
        case S_IFIFO: "a named pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }
}

/// Why a file from outside was not read.
package struct RegularFileError: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let problem: String
    /// Whether there is nothing of that name.
    package let isMissing: Bool

    init(path: String, problem: String, isMissing: Bool) {
        (self.path, self.problem, self.isMissing) = (path, problem, isMissing)
    }

    package init(path: String, code: Int32) {
        isMissing = code == ENOENT || code == ENOTDIR
        self.path = path
        problem =
            switch code {
            case ENOENT, ENOTDIR: "there is no such file" + Self.tildeHint(path)
            case ELOOP: "is a symbolic link, not a regular file"
            default: "cannot be read: \(String(cString: strerror(code)))"
            }
    }

    package var description: String { "\(path): \(problem)" }

    /// A word for a `~` that no shell has expanded; empty where there is none.
    package static func tildeHint(_ path: String) -> String {
        path.split(separator: "/").contains("~") ? "; '~' is not expanded in a file: write the whole path" : ""
    }
}
