import Foundation
import Testing
import TrainerSettings

@Suite struct AtomicFileTests {
    @Test func `parts are written one after another, and nothing else is left`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try AtomicFile.write([Data("one ".utf8), Data(), Data("two".utf8)], to: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "one two")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        }
    }

    @Test func `an existing file is replaced`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try AtomicFile.write([Data("old and longer".utf8)], to: path)
            try AtomicFile.write([Data("new".utf8)], to: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        }
    }

    @Test func `a large file is whole`() throws {
        try withTemporaryFolder { folder in
            let data = Data((0..<3_000_000).map { UInt8($0 % 251) })
            try AtomicFile.write([data], to: folder + "/file")
            #expect(try Data(contentsOf: URL(filePath: folder + "/file")) == data)
        }
    }

    @Test func `a folder that is not there is an error naming the file`() {
        let error = #expect(throws: AtomicFileError.self) {
            try AtomicFile.write([Data("x".utf8)], to: "/nowhere/at/all/file")
        }
        #expect(error?.path == "/nowhere/at/all/file")
        #expect(error?.problem.contains("cannot be written") == true)
    }

    @Test func `when the name cannot be taken, what was there stays and nothing is left behind`() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/taken/inside", withIntermediateDirectories: true)
            #expect(throws: AtomicFileError.self) { try AtomicFile.write([Data("x".utf8)], to: folder + "/taken") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
        }
    }

    @Test func `what was there gets the name that it is to be kept under`() throws {
        try withTemporaryFolder { folder in
            let (path, previous) = (folder + "/new", folder + "/old")
            for text in ["one", "two", "three"] {
                try AtomicFile.write([Data(text.utf8)], to: path, keeping: previous)
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "three")
            #expect(try String(contentsOfFile: previous, encoding: .utf8) == "two")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["new", "old"])
        }
    }

    @Test func `begun files are removed once they are old`() throws {
        try withTemporaryFolder { folder in
            for name in ["a.1.tmp", "a.2.tmp", "b.1.tmp", "a.1"] {
                try Data("x".utf8).write(to: URL(filePath: folder + "/" + name))
            }
            for name in ["a.1.tmp", "b.1.tmp", "a.1"] {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -90)], ofItemAtPath: folder + "/" + name)
            }
            AtomicFile.removeAbandoned(in: folder, prefix: "a")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.1", "a.2.tmp", "b.1.tmp"])
        }
    }
}

func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "autolora-files-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}
