import Foundation
import Glibc
import Testing

@testable import TrainerSettings

/// What people are told where the file system refuses something: the path and the system's words, no code of Foundation's.
@Suite struct SystemReasonTests {
    /// What Foundation throws.
    private func error(_ work: () throws -> Void) throws -> any Error {
        do { try work() } catch { return error }
        throw CocoaError(.featureUnsupported)
    }

    @Test func `an error of Foundation's is a path and a reason`() throws {
        try withTemporaryFolder { folder in
            let files = FileManager.default
            let missing = folder + "/a b/c"
            let errors = [
                try error { try files.removeItem(atPath: missing) },
                try error { try files.moveItem(atPath: missing, toPath: folder + "/d") },
                try error { try Data("x".utf8).write(to: URL(filePath: missing)) },
                try error { _ = try Data(contentsOf: URL(filePath: missing)) },
            ]
            for error in errors {
                #expect(errorText(error) == "\(missing): No such file or directory")
                #expect(systemReason(error) == "No such file or directory")
            }
        }
    }

    @Test func `an error of our own says what it says`() {
        let error = AtomicFileError(path: "/a", code: ENOSPC)
        #expect(errorText(error) == "/a: cannot be written: No space left on device")
        #expect(systemReason(error) == "No space left on device")
    }

    @Test func `folders are made with those above them, and what is in the way is named`() throws {
        try withTemporaryFolder { folder in
            for _ in 0..<2 { try makeFolders(folder + "/a/b/c") }
            #expect(FileManager.default.fileExists(atPath: folder + "/a/b/c"))
            try Data().write(to: URL(filePath: folder + "/file"))
            for path in [folder + "/file", folder + "/file/a", folder + "/file/a/b"] {
                #expect(throws: AtomicFileError(path: path, code: ENOTDIR)) { try makeFolders(path) }
            }
            #expect(throws: AtomicFileError(path: "/proc/a/b", code: ENOENT)) { try makeFolders("/proc/a/b") }
        }
    }
}
