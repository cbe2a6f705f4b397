import Foundation
import Studies
import TestSupport
import Testing

@testable import TrialRunners

@Suite(.serialized, .timeLimit(.minutes(5))) struct LeftoversTests {
    private let temporary: TemporaryFolder
    private let word = "autolora-test-\(UUID().uuidString)"

    init() throws { temporary = try TemporaryFolder() }

    private var trials: String { temporary.path + "/trials" }

    /// As a runner does that recovers what an earlier controller left; how many processes were killed.
    private func endLeftovers() async -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: trials)) ?? []
        let launches = names.compactMap { Int($0) }.map { EarlierLaunch(trial: Trial.ID($0), folder: "\(trials)/\($0)") }
        return await LocalRunner(executable: TemporaryFolder.autolora).recover(launches).ended
    }

    private func survivors() -> [RunningProcess] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0).flatMap { RunningProcess($0) } }
            .filter { $0.command.contains { $0.utf8.count < 1000 && $0.contains(word) } }
    }

    private func wait(until condition: () -> Bool) async throws {
        try #require(await eventually { condition() })
    }

    /// A supervisor over a program whose standard output is the folder's file `out`, once that has printed something.
    private func supervised(_ words: [String]) async throws -> ChildProcess {
        try? FileManager.default.removeItem(atPath: temporary.path + "/out")
        let process = try ChildProcess(
            [TemporaryFolder.binary("autolora-supervisor")] + words, in: temporary.path,
            input: .pipe, output: .file(temporary.path + "/out"))
        try await wait { temporary.read("out")?.contains("ready") == true }
        return process
    }

    /// A supervisor over a program that starts another one with a session and an environment of its own.
    private func supervisor(trial: Int) throws -> (process: ChildProcess, folder: String) {
        let folder = trials + "/\(trial)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = try ChildProcess(
            [
                TemporaryFolder.binary("autolora-supervisor"), "200", "/bin/sh", "-c",
                "trap '' TERM; setsid env -i /bin/sh -c 'sleep 600; : \(word) washed' & sleep 600; : \(word)",
            ], in: temporary.path,
            environment: ["PATH": "/usr/bin:/bin", "AUTOLORA_TRIAL_DIR": folder, "AUTOLORA_LAUNCH": UUID().uuidString],
            input: .pipe)
        return (process, folder)
    }

    private func isRecorded(_ folder: String) -> Bool {
        let recorded = Set(ProcessRecord(in: folder)?.processes ?? [])
        let there = survivors()
        return there.contains { $0.command.contains { $0.contains("washed") } } && there.allSatisfy(recorded.contains)
    }

    @Test func `what a killed supervisor leaves is ended, whatever session and environment it has`() async throws {
        let (process, folder) = try supervisor(trial: 0)
        // Its own children die with it; the washed one does not.
        try await wait { isRecorded(folder) && survivors().count >= 2 }
        process.signal(SIGKILL)
        try await process.end()
        try await wait { survivors().allSatisfy { $0.command.contains { $0.contains("washed") } } }
        #expect(!survivors().isEmpty)
        #expect(await endLeftovers() >= 1)
        #expect(survivors().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder + "/processes"))
        #expect(await endLeftovers() == 0)
    }

    @Test func `a supervisor whose controller is gone is waited for, not killed`() async throws {
        let (process, folder) = try supervisor(trial: 0)
        try await wait { isRecorded(folder) }
        process.closeInput()
        #expect(await endLeftovers() == 0)
        #expect(survivors().isEmpty)
        try await process.end()
    }

    /// Somebody else's, which only looks like a trial's.
    private func stranger(_ environment: [String: String]) throws -> ChildProcess {
        try ChildProcess(
            ["sh", "-c", "sleep 600; : \(word)"], in: temporary.path, environment: ["PATH": "/usr/bin:/bin"],
            adding: environment)
    }

    @Test func `a folder's name in an environment, a number's reuse, another machine's record and a copy's kill nobody`()
        async throws
    {
        let process = try stranger(["AUTOLORA_TRIAL_DIR": trials + "/0", "AUTOLORA_LAUNCH": "another"])
        let here = try #require(RunningProcess(process.processIdentifier))
        let trial = trials + "/0"
        try FileManager.default.createDirectory(atPath: trial, withIntermediateDirectories: true)
        var folder = stat()
        #expect(stat(trial, &folder) == 0)
        func record(boot: String, namespace: String, start: UInt64, inode: UInt) -> String {
            """
            launch mine
            boot \(boot)
            namespace \(namespace)
            folder \(folder.st_dev):\(inode)
            \(here.number) \(start)

            """
        }
        let inode = UInt(folder.st_ino)
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8).filter { !$0.isWhitespace }
        let namespace = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        for text in [
            record(boot: boot, namespace: namespace, start: here.start + 1, inode: inode),
            record(boot: "another", namespace: namespace, start: here.start, inode: inode),
            record(boot: boot, namespace: "pid:[1]", start: here.start, inode: inode),
            record(boot: boot, namespace: namespace, start: here.start, inode: inode + 1), "", "launch mine\n",
            "garbage\n1\n2\n3 4\n",
        ] {
            _ = try temporary.write(text, to: "trials/0/processes")
            #expect(await endLeftovers() == 0)
        }
        #expect(here.lives)
        _ = try temporary.write(
            record(boot: boot, namespace: namespace, start: here.start, inode: inode), to: "trials/0/processes")
        #expect(await endLeftovers() >= 1)
        #expect(!here.lives)
        try await process.end()
    }

    @Test func `who started later is known by the launch's own word`() async throws {
        let (process, folder) = try supervisor(trial: 0)
        try await wait { isRecorded(folder) }
        process.signal(SIGKILL)
        try await process.end()
        let late = try stranger(["AUTOLORA_LAUNCH": try #require(ProcessRecord(in: folder)).launch])
        let other = try stranger(["AUTOLORA_LAUNCH": "another"])
        #expect(await endLeftovers() >= 2)
        try await late.end()
        #expect(RunningProcess(other.processIdentifier) != nil)
        other.terminate()
        try await other.end()
    }

    @Test func `who writes to a trial's output is one of its processes, and who only reads it is not`() async throws {
        let (process, folder) = try supervisor(trial: 0)
        try await wait { isRecorded(folder) }
        process.signal(SIGKILL)
        try await process.end()
        let escaped = try ChildProcess(
            ["sh", "-c", "sleep 600; : \(word)"], in: temporary.path, environment: ["PATH": "/usr/bin:/bin"],
            output: .file(folder + "/output.txt"))
        let reader = try ChildProcess(["tail", "-f", folder + "/output.txt"], in: temporary.path)
        let one = try #require(RunningProcess(escaped.processIdentifier))
        try await wait { one.writes(to: folder + "/output.txt") }
        #expect(await endLeftovers() >= 1)
        try await escaped.end()
        #expect(reader.isRunning)
        reader.terminate()
        try await reader.end()
    }

    @Test func `a process that begins or has ended has no words`() async throws {
        let process = try ChildProcess(["true"], in: temporary.path)
        // Not waited for, it stays as a zombie.
        try await wait { RunningProcess(process.processIdentifier) == nil }
        #expect(RunningProcess(number: process.processIdentifier, start: 1).command.isEmpty)
        try await process.end()
    }

    @Test func `what a dead controller has not read gets a line of its own in the log, unless it goes on with one`()
        async throws
    {
        for (output, log, wanted) in [
            ("", "half an err", "half an err\nready\n"), ("earlier\n", "half an err", "half an err\nready\n"),
            ("get ", "get ", "get ready\n"), ("earlier\n", "earlier\n", "earlier\nready\n"),
        ] {
            _ = try temporary.write(output, to: "trials/0/output.txt")
            _ = try temporary.write(log, to: "trials/0/log.txt")
            let pipe = Pipe()
            let process = try ChildProcess(
                [TemporaryFolder.binary("autolora-supervisor"), "200", "/bin/sh", "-c", "echo ready; sleep 600"],
                in: temporary.path, adding: ["AUTOLORA_TRIAL_DIR": trials + "/0"], input: .pipe,
                output: .descriptor(pipe.fileHandleForWriting.fileDescriptor))
            try await wait { temporary.read("trials/0/output.txt") == output + "ready\n" }
            process.closeInput()
            try await process.end()
            #expect(temporary.read("trials/0/log.txt") == wanted)
        }
    }

    @Test func `the supervisor is a small program without Swift's library`() async throws {
        let (process, folder) = try supervisor(trial: 0)
        try await wait { isRecorded(folder) }
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let resident = try #require(status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Int($0.1) })
        #expect(resident < 2048)
        let maps = try String(contentsOfFile: "/proc/\(process.processIdentifier)/maps", encoding: .utf8)
        #expect(!maps.contains("libswift") && !maps.contains("openblas"))
        process.closeInput()
        try await process.end()
    }

    @Test func `a program that leaves its group is ended too, and a shell's program has its grace`() async throws {
        for (onTERM, grace, wanted) in [("lambda *_: sys.exit(7)", "60000", 7), ("signal.SIG_IGN", "500", -9)] {
            let script = """
                import os, signal, sys, time
                os.setpgid(0, os.getpgid(os.getppid()))
                signal.signal(15, \(onTERM))
                print('ready', flush=True)
                time.sleep(600)
                """
            let process = try await supervised([grace, "python3", "-c", script])
            process.terminate()
            try await process.end()
            #expect(Int(process.wasSignaled ? -process.code : process.code) == wanted)
        }
        let saves =
            "import signal, sys, time\nsignal.signal(15, lambda *_: (time.sleep(0.5), print('saved', flush=True), sys.exit(0)))"
        _ = try temporary.write(saves + "\nprint('ready', flush=True)\ntime.sleep(600)\n", to: "save.py")
        let shell = try await supervised(["60000", "/bin/bash", "-c", "python3 \(temporary.path)/save.py; true"])
        shell.terminate()
        try await shell.end()
        #expect(temporary.read("out")?.contains("saved") == true)
    }
}
