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
        let signs = ShortageSigns(
            log: LogEnd(sign.log), machine: MachineSigns(memoryKillsRose: sign.rose, freeBytes: sign.free))
        let kind =
            switch signs.shortage(behind: sign.ending) {
            case .memory?: "memory"
            case .disk?: "disk"
            case nil: "none"
            }
        #expect(kind == sign.expected)
    }

    @Test func `what a launch left is put together from its log`() throws {
        let temporary = try TemporaryFolder()
        func completion(_ log: String, _ ending: TrialLife.Ending = .exited(1)) throws -> Completion {
            let path = try temporary.write("earlier\nMemoryError: of an earlier launch\n" + log, to: "log.txt")
            return Completion(ending, log: path, from: 42, machine: MachineSigns(memoryKillsRose: false))
        }
        let plain = try completion("ValueError: lr\n")
        #expect(plain.ending == .exited(1))
        #expect(plain.evidence == Evidence(reason: "ValueError: lr", logTail: "ValueError: lr\n", logStart: 42))
        let summary = String(repeating: "-", count: 60) + "\n"
        let child = "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
        let long = try completion("[rank0]: KeyError: 'text'\n" + String(repeating: summary, count: 200) + child)
        #expect(long.evidence.reason == "[rank0]: KeyError: 'text'")
        #expect(long.evidence.logTail?.utf8.count == 4096)
        let full = try completion("RuntimeError: CUDA error: out of memory\n" + String(repeating: summary, count: 200) + child)
        #expect(full.evidence.shortage == .memory(.init(.device, .said, "its log says: CUDA error: out of memory")))
        #expect(full.evidence.reason == "RuntimeError: CUDA error: out of memory")
        let killed = try completion("subprocess.CalledProcessError: Command '['x']' died with <Signals.SIGKILL: 9>.\n")
        #expect(killed.ending == .relayed(signal: 9, code: 1))
        #expect(killed.evidence.reason == nil)
        let well = try completion("MemoryError\n", .exited(0))
        #expect(well == Completion(ending: .exited(0), evidence: Evidence(logTail: "MemoryError\n", logStart: 42)))
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
