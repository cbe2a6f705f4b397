import Glibc
import SystemPackage

/// The last bytes of a file, however long it is.
package enum FileTail {
    /// - Parameter start: nothing before that byte is read.
    package static func read(_ path: String, bytes: Int, from start: Int = 0) -> String? {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .noFollow, .nonBlocking])
        else { return nil }
        defer { try? file.close() }
        guard let end = try? file.seek(offset: 0, from: .end) else { return nil }
        // A file that was truncated meanwhile begins again.
        let fresh = end < Int64(start) ? end : end - Int64(start)
        var buffer = [UInt8](repeating: 0, count: Int(min(fresh, Int64(bytes))))
        let count = buffer.withUnsafeMutableBytes { try? file.read(fromAbsoluteOffset: end - Int64($0.count), into: $0) }
        return count.map { String(decoding: buffer.prefix($0), as: UTF8.self) }
    }

    /// A file's length; 0 where there is none.
    package static func length(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
