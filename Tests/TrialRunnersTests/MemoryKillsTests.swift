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
}
