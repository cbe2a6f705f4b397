import FoundationEssentials
import Glibc
import SystemPackage
import TrainerSettings

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
        try folder.requireHere()
        file = try Self.open(folder)
        let last = Self.text(folder)
        let host = Self.hostName
        strayed = last.hasPrefix("process ") && !last.hasSuffix(" on \(host)") ? last : nil
        _ = ftruncate(file.rawValue, 0)
        _ = try? file.writeAll(toAbsoluteOffset: 0, Array("process \(getpid()) on \(host)\n".utf8))
    }

    private static func open(_ folder: StudyFolder) throws(StudyStoreError) -> FileDescriptor {
        let file: FileDescriptor
        try folder.requireOwnFiles()
        do throws(RegularFileError) {
            file = FileDescriptor(rawValue: try RegularFile.open(folder.lock, flags: O_RDWR | O_CREAT, links: .refused))
        } catch {
            throw .notWritable(path: folder.lock, reason: error.problem)
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
        guard let descriptor = try? RegularFile.open(folder.lock, links: .refused) else { return nil }
        let file = FileDescriptor(rawValue: descriptor)
        defer { try? file.close() }
        var held = whole(F_RDLCK)
        guard fcntl(file.rawValue, query, &held) == 0, held.l_type != Int16(F_UNLCK) else { return nil }
        let holder = text(folder)
        return holder.isEmpty ? "another process" : holder
    }

    /// Adds by which number readers know the store's log.
    func note(log number: UInt64?) {
        guard let number, let end = try? file.seek(offset: 0, from: .end) else { return }
        _ = try? file.writeAll(toAbsoluteOffset: end, Array("\(Self.logMark)\(number)\n".utf8))
    }

    private static let logMark = "log "

    /// Whether the study runs on this host and its store's log is no longer the one that the run writes.
    static func isLogGone(_ folder: StudyFolder) -> Bool {
        guard let holder = holder(of: folder), holder.hasSuffix(" on \(hostName)") else { return false }
        func isGone() -> Bool {
            let lines = content(folder).split(separator: "\n")
            guard lines.count > 1, lines[1].hasPrefix(logMark), let number = UInt64(lines[1].dropFirst(logMark.count)) else {
                return false
            }
            var status = stat()
            return stat(folder.database + "-wal", &status) != 0 || UInt64(status.st_ino) != number
        }
        guard isGone() else { return false }
        // A run that is just ending takes its log away and then gives up its lock.
        usleep(200_000)
        return isGone() && StudyLock.holder(of: folder) == holder
    }

    private static func whole(_ type: Int32) -> Glibc.flock {
        var lock = Glibc.flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        return lock
    }

    private static func text(_ folder: StudyFolder) -> String {
        String(content(folder).prefix { $0 != "\n" })
    }

    private static func content(_ folder: StudyFolder) -> String {
        let data = try? RegularFile.read(folder.lock, atMost: 4096, links: .refused)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    private static var hostName: String { StorePlace.hostName }
}
