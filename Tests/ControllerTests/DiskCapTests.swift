import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing

/// Each trial leaves an adapter of 2 MiB, and while it runs has a checkpoint of 1 MiB.
struct DiskCapTests {
    private static let cap = 10 << 20

    private func laboratory(cap: Int?, workers: Int = 1) throws -> Laboratory {
        var laboratory = try Laboratory(runCap: 6, workers: workers)
        laboratory.specification.supervision.diskCap = cap
        return laboratory
    }

    /// - Returns: how the run ended, the history, and the most that the folder took when a trial had just reported.
    private func run(_ laboratory: Laboratory) async throws -> (Outcome, History, peak: Int) {
        let folder = laboratory.folder
        let peak = Mutex(0)
        let runner = FakeTrialRunner { _, iter in iter == 1 ? 0.5 : nil }
        let controller = try laboratory.controller(runner) { event, _ in
            guard case .reported(let id, _) = event else { return }
            for (part, bytes) in [("adapter", 2 << 20), ("checkpoint", 1 << 20)] {
                let path = folder.trial(id) + "/" + part
                try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                try? Data(repeating: 7, count: bytes).write(to: URL(filePath: path + "/file"))
            }
            let taken = DiskSpace.bytes(at: folder.path)
            peak.withLock { $0 = max($0, taken) }
        }
        let outcome = try await controller.run()
        return (outcome, try laboratory.store().history(), peak.withLock(\.self))
    }

    @Test(arguments: [1, 3]) func `a study that may take no more of the disk stops, and goes on once it may`(workers: Int)
        async throws
    {
        var laboratory = try laboratory(cap: Self.cap, workers: workers)
        let (outcome, history, peak) = try await run(laboratory)
        guard case .stopped(.obstructed(let reason)) = outcome else {
            Issue.record("the run went on: \(outcome)")
            return
        }
        #expect(reason.hasPrefix("disk_cap 10MiB: \(laboratory.folder.path) takes "), "\(reason)")
        #expect(reason.contains("another trial may take 3.2 MB"), "\(reason)")
        // Before anything has run nobody knows what a trial takes; three workers begin at once.
        #expect(peak <= Self.cap)
        #expect((2...4).contains(history.trials.count))
        #expect(history.trials.allSatisfy { $0.state == .complete })

        laboratory.specification.supervision.diskCap = 10 * Self.cap
        let (end, all, _) = try await run(laboratory)
        #expect(end == .finished(note: nil))
        #expect(all.trials.map(\.state) == Array(repeating: .complete, count: 6))
        #expect(all.trials.prefix(history.trials.count).map(\.assignment) == history.trials.map(\.assignment))
    }

    @Test func `where nothing is left to do, a folder over the limit stops nobody`() async throws {
        var laboratory = try laboratory(cap: nil)
        #expect(try await run(laboratory).0 == .finished(note: nil))
        laboratory.specification.supervision.diskCap = 1 << 20
        #expect(try await run(laboratory).0 == .finished(note: nil))
    }

    @Test func `a folder's bytes are those of all files in it, and of none behind a link`() throws {
        let temporary = try TemporaryFolder(inMemory: true)
        _ = try temporary.write(String(repeating: "x", count: 10_000), to: "outside/file")
        let before = DiskSpace.bytes(at: temporary.path + "/inside")
        #expect(before == 0)
        _ = try temporary.write(String(repeating: "x", count: 8192), to: "inside/deep/file")
        try FileManager.default.createSymbolicLink(
            atPath: temporary.path + "/inside/link", withDestinationPath: temporary.path + "/outside")
        #expect((8192..<10_000).contains(DiskSpace.bytes(at: temporary.path + "/inside")))
    }
}
