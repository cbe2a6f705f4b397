import FoundationEssentials
import Glibc
import Testing
import TrainerSettings

struct RegularFileTests {
    private func inFolder(_ work: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/regular-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try work(folder)
    }

    private func problem(_ path: String, atMost limit: Int = .max, links: RegularFile.Links = .followed) -> String? {
        do throws(RegularFileError) {
            _ = try RegularFile.read(path, atMost: limit, links: links)
            return nil
        } catch {
            return error.problem
        }
    }

    @Test func `a pipe, a device, a folder and a socket are refused at once`() throws {
        try inFolder { folder in
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            #expect(problem(folder + "/pipe") == "is a named pipe, not a regular file")
            #expect(problem("/dev/zero") == "is a device, not a regular file")
            #expect(problem(folder) == "is a folder, not a regular file")
            #expect(problem(folder + "/none") == "there is no such file")
        }
    }

    @Test func `a link is followed or refused, as is asked for`() throws {
        try inFolder { folder in
            #expect(FileManager.default.createFile(atPath: folder + "/file", contents: Data("text".utf8)))
            #expect(symlink("file", folder + "/link") == 0)
            let text = try RegularFile.read(folder + "/link")
            #expect(text == Data("text".utf8))
            #expect(problem(folder + "/link", links: .refused) == "is a symbolic link, not a regular file")
            #expect(symlink("none", folder + "/dangling") == 0)
            #expect(problem(folder + "/dangling") == "there is no such file")
            #expect(problem(folder + "/dangling", links: .refused) == "is a symbolic link, not a regular file")
        }
    }

    @Test func `a second name of a file is refused where only files of our own are used`() throws {
        try inFolder { folder in
            #expect(FileManager.default.createFile(atPath: folder + "/file", contents: Data("text".utf8)))
            #expect(link(folder + "/file", folder + "/other") == 0)
            for name in ["/file", "/other"] {
                #expect(problem(folder + name) == nil)
                #expect(problem(folder + name, links: .refused)?.contains("another name too (a hard link)") == true)
                #expect(RegularFile.stranger(at: folder + name) == nil)
                #expect(RegularFile.stranger(at: folder + name, isOwn: true) != nil)
            }
        }
    }

    @Test func `names that are not UTF-8 are told, byte by byte`() throws {
        try inFolder { folder in
            for bytes: [UInt8] in [[0x61], [0xC3, 0xA9], [0x78, 0xFF, 0x79], [0xE2, 0x82]] {
                let path = Array(folder.utf8) + [0x2F] + bytes
                #expect(mkdir(path.map { CChar(bitPattern: $0) } + [0], 0o700) == 0)
            }
            let names = try FolderName.all(in: folder)
            #expect(names.map(\.shown) == ["a", "x\\xFFy", "é", "\\xE2\\x82"])
            #expect(names.map { $0.text != nil } == [true, false, true, false])
            #expect(throws: RegularFileError.self) { try FolderName.all(in: folder + "/none") }
        }
    }

    @Test func `a file larger than allowed is refused, one in proc is read whole`() throws {
        try inFolder { folder in
            #expect(FileManager.default.createFile(atPath: folder + "/file", contents: Data(count: 5000)))
            #expect(problem(folder + "/file", atMost: 4999) == "is larger than 4999, the most that is read of such a file")
            let (whole, status) = (
                try RegularFile.read(folder + "/file", atMost: 5000), try RegularFile.read("/proc/self/status")
            )
            #expect(whole.count == 5000)
            #expect(status.count > 100)
            #expect(problem("/proc/self/status", atMost: 10) != nil)
        }
    }
}
