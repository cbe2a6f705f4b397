import TrainerSettings

/// The main memory that this process could have.
package enum MachineMemory {
    /// All of the machine's, or what its control group may have, in bytes; nil where the system does not tell.
    package static let total: Int? = ([physical] + groups).compactMap(\.self).min()

    private static func text(_ path: String) -> String? {
        (try? RegularFile.read(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static var physical: Int? {
        let line = text("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        return line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// Of the process's own control group and those that it lies in: of version 2, and of version 1's memory controller.
    private static var groups: [Int?] {
        (text("/proc/self/cgroup") ?? "").split(separator: "\n").flatMap { line -> [Int?] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let file: (String) -> String
            if fields[1].isEmpty {
                file = { "/sys/fs/cgroup" + $0 + "/memory.max" }
            } else if fields[1].split(separator: ",").contains("memory") {
                file = { "/sys/fs/cgroup/memory" + $0 + "/memory.limit_in_bytes" }
            } else {
                return []
            }
            return ancestors(of: String(fields[2])).map { limit(in: file($0)) }
        }
    }

    /// "/a/b", "/a", "".
    static func ancestors(of group: String) -> [String] {
        let names = group.split(separator: "/")
        return (0...names.count).reversed().map { count in names.prefix(count).map { "/" + $0 }.joined() }
    }

    /// nil where there is no limit: "max", or a number that no machine has.
    private static func limit(in file: String) -> Int? {
        text(file).flatMap { Int($0.filter { !$0.isWhitespace }) }.flatMap { $0 > 0 && $0 < 1 << 60 ? $0 : nil }
    }
}
