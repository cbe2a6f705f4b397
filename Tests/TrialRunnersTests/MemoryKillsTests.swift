import Foundation
import Testing

@testable import TrialRunners

@Suite struct MemoryKillsTests {
    @Test(arguments: [
        ("0::/user.slice/a", "/sys/fs/cgroup/user.slice/a/memory.events"),
        ("9:memory:/docker/b", "/sys/fs/cgroup/memory/docker/b/memory.oom_control"),
        ("3:cpu,memory:/", "/sys/fs/cgroup/memory//memory.oom_control"),
    ])
    func `a control group's count is where its kind keeps it`(line: String, file: String) {
        #expect(MemoryKills.file(ofGroup: line) == file)
    }

    @Test(arguments: ["4:cpu:/x", "1:name=systemd:/y", "", "nonsense"])
    func `groups of other kinds have none`(line: String) {
        #expect(MemoryKills.file(ofGroup: line) == nil)
    }

    @Test func `the count is read among others`() {
        #expect(MemoryKills.count(in: "low 0\noom 2\noom_kill 3\noom_group_kill 9\n") == 3)
        #expect(MemoryKills.count(in: "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n") == 1)
        #expect(MemoryKills.count(in: "oom 2\n") == nil)
    }

    @Test func `what works in a folder is found by its environment and ended`() async throws {
        let folder = "/nowhere/\(UUID().uuidString)"
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "sleep 60 & sleep 60"]
        process.environment = ["PATH": "/usr/bin:/bin", "AUTOLORA_TRIAL_DIR": folder + "/trials/3"]
        try process.run()
        while Leftovers.processes(in: folder + "/trials").count < 3 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(Leftovers.processes(in: folder + "/trials/33").isEmpty)
        #expect(Leftovers.processes(in: folder + "/trials/3").count == 3)
        #expect(await Leftovers.end(in: folder + "/trials") >= 3)
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        #expect(process.terminationReason == .uncaughtSignal)
        #expect(await Leftovers.end(in: folder) == 0)
    }
}
