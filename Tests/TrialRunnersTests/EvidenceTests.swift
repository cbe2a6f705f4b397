import Studies
import TestSupport
import Testing

@testable import TrialRunners

struct EvidenceTests {
    struct Sign: Sendable {
        let ending: TrialLife.Ending
        let log: String
        let rose: Bool?
        var free = 1 << 40
        let expected: String
    }

    private static let signs = [
        Sign(ending: .signaled(9), log: "", rose: true, expected: "memory"),
        Sign(ending: .signaled(9), log: "", rose: nil, expected: "memory"),
        Sign(ending: .signaled(9), log: "", rose: false, expected: "none"),
        Sign(ending: .exited(137), log: "", rose: true, expected: "memory"),
        Sign(ending: .signaled(15), log: "", rose: true, expected: "none"),
        Sign(ending: .exited(1), log: "numpy MemoryError: x", rose: false, expected: "memory"),
        Sign(ending: .signaled(6), log: "what():  std::bad_alloc", rose: nil, expected: "memory"),
        Sign(ending: .exited(1), log: "torch.OutOfMemoryError: CUDA out of memory.", rose: false, expected: "memory"),
        Sign(ending: .exited(1), log: "x: No space left on device", rose: false, free: 1 << 20, expected: "disk"),
        Sign(ending: .exited(1), log: "x: No space left on device", rose: false, expected: "none"),
        Sign(ending: .exited(1), log: "", rose: false, free: 1000, expected: "disk"),
        Sign(ending: .exited(1), log: "write: Disk quota exceeded", rose: false, expected: "disk"),
        Sign(ending: .exited(0), log: "MemoryError", rose: true, free: 0, expected: "none"),
        Sign(ending: .timedOut(.silence(1)), log: "MemoryError", rose: true, free: 0, expected: "none"),
        Sign(ending: .exited(1), log: "no such file", rose: false, expected: "none"),
    ]

    @Test(arguments: signs) func `what a process was short of is told from what it left`(sign: Sign) {
        let signs = ShortageSigns(log: sign.log, memoryKillsRose: sign.rose, freeBytes: sign.free)
        let kind =
            switch signs.shortage(behind: sign.ending) {
            case .memory?: "memory"
            case .disk?: "disk"
            case nil: "none"
            }
        #expect(kind == sign.expected)
    }

    @Test func `a tail begins where the launch did, and over again where the file did`() throws {
        let temporary = try TemporaryFolder()
        let path = try temporary.write("earlier\nlater\n", to: "log.txt")
        #expect(FileTail.read(path, bytes: 100, from: 8) == "later\n")
        #expect(FileTail.read(path, bytes: 3, from: 8) == "er\n")
        #expect(FileTail.read(path, bytes: 100, from: 500) == "earlier\nlater\n")
        #expect(FileTail.length(of: path) == 14)
        #expect(FileTail.length(of: path + ".gone") == 0)
    }
}
