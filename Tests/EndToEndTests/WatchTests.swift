import Foundation
import TestSupport
import Testing

/// `status --watch`, and other readers, beside the controller.
@Suite(.timeLimit(.minutes(5))) struct WatchTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        let gate = "while [ ! -e open ]; do sleep 0.05; done\n"
        _ = try temporary.write(gate + CommandTrainerTests.trainer, to: "train.sh")
        _ = try temporary.write(CommandTrainerTests.space(extra: CommandTrainerTests.asha, cap: 4), to: "space.yaml")
    }

    /// Starts the study and waits until a trial runs; it waits for the gate.
    private func start() async throws -> ChildProcess {
        let process = try autolora.start(["run", "space.yaml"], environment: ["DELAY": "0.1"])
        while process.isRunning, try await !autolora.run("status", "lab").output.contains(" running\n") {
            try await Task.sleep(for: .milliseconds(20))
        }
        return process
    }

    private func openGate() throws { _ = try temporary.write("", to: "open") }

    /// Follows the study and waits until it has said how that stands, and hears signals.
    private func follow() async throws -> ChildProcess {
        let watch = try autolora.start(["status", "lab", "--watch"])
        while watch.printed.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        return watch
    }

    @Test func `a study is followed to its end, a line for each change`() async throws {
        let process = try await start()
        let watching = try await follow()
        try openGate()
        let watch = try await autolora.wait(for: watching)
        let run = try await autolora.wait(for: process)
        #expect((watch.code, run.code) == (0, 0), "\(watch.errors)\(run.errors)")
        #expect(!watch.output.contains("\u{1B}"))
        let lines = watch.output.split(separator: "\n")
        #expect(
            lines.first
                == "study     lab: running by process \(process.processIdentifier) on \(ProcessInfo.processInfo.hostName)")
        #expect(lines.contains("study     lab: finished"))
        // What the controller says of the last trial, the watcher says too, but for what may be over before it looks again.
        let last = run.errors.split(separator: "\n").filter {
            $0.hasPrefix("trial 3 ") && !$0.contains("best so far") && !$0.contains("paused")
        }
        #expect(last.count >= 2)
        for line in last { #expect(lines.contains(line), "\(line) is not in \(watch.output)") }
    }

    @Test func `a study that nobody runs is shown and left`() async throws {
        try openGate()
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        let watch = try await autolora.run("status", "lab", "--watch")
        #expect(watch.code == 0)
        #expect(watch.output == (try await autolora.run("status", "lab").output))
        #expect(try await autolora.run("status", "lab", "--watch", "--json").code == 64)
    }

    @Test func `where the controller dies the watch ends with 130, and what ran waits`() async throws {
        let process = try await start()
        let watch = try await follow()
        kill(process.processIdentifier, SIGKILL)
        _ = try await autolora.wait(for: process)
        let result = try await autolora.wait(for: watch)
        #expect(result.code == 130)
        #expect(result.output.contains("study     lab: interrupted"))
        let status = try #require(try await autolora.run("status", "lab", "--json").json() as? [String: Any])
        let counts = try #require(status["trials"] as? [String: Int])
        #expect((counts["running"], counts["waiting"]) == (0, 1))
        #expect(try await autolora.run("trials", "lab").output.contains("waiting"))
    }

    @Test func `Ctrl-C ends the watch, not the study`() async throws {
        let process = try await start()
        let watch = try await follow()
        kill(watch.processIdentifier, SIGINT)
        #expect(try await autolora.wait(for: watch).code == 130)
        #expect(process.isRunning)
        kill(process.processIdentifier, SIGTERM)
        let run = try await autolora.wait(for: process)
        #expect(run.code == 130, "\(run)")
    }

    @Test func `a program that keeps a reading transaction open is in nobody's way while eight trials report`() async throws {
        let count = 100
        _ = try temporary.write(
            """
            while [ ! -e open ]; do sleep 0.05; done
            i=0; while [ $i -lt \(count) ]; do i=$((i + 1)); echo "{\\"step\\": $i, \\"score\\": 0.$i}"; done
            """, to: "train.sh")
        let space = try #require(temporary.read("space.yaml")).replacing(CommandTrainerTests.asha, with: "workers: 8")
        _ = try temporary.write(space.replacing("run_cap: 4", with: "run_cap: 8"), to: "space.yaml")
        let run = try await start()

        let program = """
            import os, sqlite3, time
            store = sqlite3.connect("file:studies/lab/study.sqlite?mode=ro", uri=True, isolation_level=None)
            look = lambda: print(store.execute("SELECT count(*) FROM report").fetchone()[0], flush=True)
            store.execute("BEGIN"); look(); open("reads", "w").close()
            while not os.path.exists("done") and os.path.exists("studies"): time.sleep(0.02)
            look(); store.execute("COMMIT"); look()
            """
        let reader = try ChildProcess(
            ["python3", "-c", program], in: temporary.path, output: .file(temporary.path + "/seen"))
        defer { reader.terminate() }
        while temporary.read("reads") == nil, reader.isRunning { try await Task.sleep(for: .milliseconds(10)) }

        try openGate()
        let result = try await autolora.wait(for: run)
        #expect(result.code == 0, "\(result.errors)")
        _ = try temporary.write("", to: "done")
        try await reader.end()
        #expect(temporary.read("seen") == "0\n0\n\(8 * count)\n")
    }

    @Test func `however many read, one controller runs and the others are told its process and host`() async throws {
        let process = try await start()
        let autolora = autolora
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<4 {
                        let status = try await autolora.run("status", "lab", "--json")
                        #expect(status.code == 0, "\(status.errors)")
                    }
                }
            }
            group.addTask {
                for _ in 0..<3 {
                    let second = try await autolora.run("resume", "lab")
                    #expect(second.code == 2)
                    #expect(
                        second.errors.contains("is being run by process \(process.processIdentifier) on "), "\(second.errors)")
                }
            }
            try await group.waitForAll()
        }
        kill(process.processIdentifier, SIGTERM)
        #expect(try await autolora.wait(for: process).code == 130)
        // Readers hold nothing that could be in the way of the next one.
        try openGate()
        let readers = try (0..<4).map { _ in try autolora.start(["status", "lab", "--watch"]) }
        #expect(try await autolora.run("resume", "lab", "--quiet").code == 0)
        for reader in readers { _ = try await autolora.wait(for: reader) }
    }
}
