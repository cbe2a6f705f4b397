import FoundationEssentials
import Glibc
import SystemPackage

/// The right to run a study: held by one controller, gone with its process however that ends.
package struct StudyLock: ~Copyable {
    private let file: FileDescriptor

    /// - Throws: `StudyStoreError.held` naming the holder, or `notWritable`.
    package init(_ folder: StudyFolder) throws(StudyStoreError) {
        file = try Self.open(folder)
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        _ = ftruncate(file.rawValue, 0)
        _ = try? file.writeAll(toAbsoluteOffset: 0, Array("process \(getpid()) on \(name)\n".utf8))
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
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? file.close()
            throw .held(name: folder.name, holder: holder(of: folder) ?? "another process")
        }
        return file
    }

    deinit {
        try? file.close()
    }

    /// Who runs the study now; nil: nobody.
    package static func holder(of folder: StudyFolder) -> String? {
        guard let file = try? FileDescriptor.open(FilePath(folder.lock), .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        guard flock(file.rawValue, LOCK_SH | LOCK_NB) != 0 else { return nil }
        let text = (try? String(contentsOfFile: folder.lock, encoding: .utf8)) ?? ""
        let holder = text.prefix { $0 != "\n" }
        return holder.isEmpty ? "another process" : String(holder)
    }
}
