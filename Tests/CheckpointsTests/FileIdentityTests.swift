import Checkpoints
import Foundation
import Testing

@Suite struct FileIdentityTests {
    @Test func `a file that is left alone keeps its identity`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try Data("text".utf8).write(to: URL(filePath: path))
            let identity = FileIdentity(path: path)
            #expect(identity != nil)
            _ = try Data(contentsOf: URL(filePath: path))
            #expect(FileIdentity(path: path) == identity)
            #expect(FileIdentity(path: folder + "/none") == nil)
        }
    }

    @Test func `other bytes of the same length written at once are seen, again and again`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try Data("aaaa".utf8).write(to: URL(filePath: path))
            let file = try FileHandle(forUpdating: URL(filePath: path))
            var seen: Set<FileIdentity> = []
            for index in 0..<5 {
                try file.seek(toOffset: 0)
                try file.write(contentsOf: Data([UInt8(65 + index)]))
                seen.insert(try #require(FileIdentity(path: path)))
            }
            #expect(seen.count == 5)
        }
    }

    @Test func `setting the time back does not hide a change`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try Data("aaaa".utf8).write(to: URL(filePath: path))
            let date = try #require(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
            let before = FileIdentity(path: path)
            try Data("bbbb".utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
            #expect(FileIdentity(path: path) != before)
        }
    }
}
