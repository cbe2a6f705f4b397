import FoundationEssentials
import Glibc
import SystemPackage

/// The right to run a study: held by one controller, gone with its process however that ends.
///
/// A lock of the open file (`F_OFD_SETLK`): whoever only wants to know who holds it asks, and takes no lock that could be in
/// a controller's way. Network file systems carry it to other hosts as far as they carry locks at all.
package struct StudyLock: ~Copyable {
    private let file: FileDescriptor
    /// Who ran the study last, on another host, and did not come to an end of it; nil: nobody.
    package let strayed: String?

    // The headers hide them behind a feature macro.
    private static let query: Int32 = 36
    private static let set: Int32 = 37

    /// - Throws: `StudyStoreError.held` naming the holder, or `notWritable`.
    package init(_ folder: StudyFolder) throws(StudyStoreError) {
        file = try Self.open(folder)
        let last = Self.text(folder)
        let host = Self.hostName
        strayed = last.hasPrefix("process ") && !last.hasSuffix(" on \(host)") ? last : nil
        _ = ftruncate(file.rawValue, 0)
        _ = try? file.writeAll(toAbsoluteOffset: 0, Array("process \(getpid()) on \(host)\n".utf8))
    }

    private static func open(_ folder: StudyFolder) throws(StudyStoreError) -> FileDescriptor {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                FilePath(folder.lock), .readWrite, options: [.create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw .notWritable(path: folder.lock, reason: "\(error)")
        }
        var wanted = whole(F_WRLCK)
        guard fcntl(file.rawValue, Self.set, &wanted) != 0 else { return file }
        let error = Errno(rawValue: errno)
        try? file.close()
        guard error == .resourceTemporarilyUnavailable || error == .permissionDenied else {
            throw .notWritable(path: folder.lock, reason: "it cannot be locked: \(error)")
        }
        throw .held(name: folder.name, holder: holder(of: folder) ?? "another process")
    }

    deinit {
        // Whoever ends in order leaves no name behind.
        _ = ftruncate(file.rawValue, 0)
        try? file.close()
    }

    /// Who runs the study now; nil: nobody.
    package static func holder(of folder: StudyFolder) -> String? {
        guard let file = try? FileDescriptor.open(FilePath(folder.lock), .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        var held = whole(F_RDLCK)
        guard fcntl(file.rawValue, query, &held) == 0, held.l_type != Int16(F_UNLCK) else { return nil }
        let holder = text(folder)
        return holder.isEmpty ? "another process" : holder
    }

    private static func whole(_ type: Int32) -> Glibc.flock {
        var lock = Glibc.flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        return lock
    }

    private static func text(_ folder: StudyFolder) -> String {
        String(((try? String(contentsOfFile: folder.lock, encoding: .utf8)) ?? "").prefix { $0 != "\n" })
    }

    private static var hostName: String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
