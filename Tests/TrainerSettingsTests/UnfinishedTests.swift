import Foundation
import Testing

@testable import TrainerSettings

@Suite struct UnfinishedTests {
    @Test func `what processes that are gone have begun is removed, and nothing else`() throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.path + "/unfinished-\(UInt64.random(in: 0 ... .max))"
        defer { try? files.removeItem(atPath: folder) }
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let own = Unfinished.draft(for: folder + "/out/")
        #expect(own.hasPrefix(folder + "/.out.autolora-draft-") && !files.fileExists(atPath: own))
        try files.createDirectory(atPath: own, withIntermediateDirectories: false)
        // No process has this number; one of the last is an earlier export between two renames.
        let process = String(getpid())
        let gone = own.dropLast(process.count) + "99999999"
        let kept = [
            "out.draft", ".out.7", ".out.autolora", ".other.autolora-draft-x-1", URL(filePath: gone + ".old").lastPathComponent,
        ]
        for name in kept + [URL(filePath: String(gone)).lastPathComponent] {
            try files.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: false)
        }
        let next = Unfinished.draft(for: folder + "/out")
        #expect(next != own && files.fileExists(atPath: own) && !files.fileExists(atPath: String(gone)))
        for name in kept { #expect(files.fileExists(atPath: folder + "/" + name), "\(name)") }
        Unfinished.remove(own)
        Unfinished.remove(next)
        #expect(!files.fileExists(atPath: own))
    }
}
