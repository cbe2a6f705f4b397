import FoundationEssentials

/// The kernel's own count of processes that it killed for want of memory.
enum MemoryKills {
    /// Of this process's control group where there is one, else of the machine; nil: it cannot be read.
    static func count() -> Int? {
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        let files = groups.split(separator: "\n").compactMap { file(ofGroup: String($0)) } + ["/proc/vmstat"]
        return files.lazy.compactMap { path in
            (try? String(contentsOfFile: path, encoding: .utf8)).flatMap(count(in:))
        }.first
    }

    /// Where a line of /proc/self/cgroup (`number:controllers:path`) leads; nil where it is not about memory.
    static func file(ofGroup line: String) -> String? {
        let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        if parts[1].isEmpty { return "/sys/fs/cgroup\(parts[2])/memory.events" }
        return parts[1].split(separator: ",").contains("memory") ? "/sys/fs/cgroup/memory\(parts[2])/memory.oom_control" : nil
    }

    static func count(in text: String) -> Int? {
        text.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }.flatMap { Int($0.dropFirst("oom_kill ".count)) }
    }
}
