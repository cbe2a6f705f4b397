import CSupervisor
import FoundationEssentials
import Glibc
import TrainerSettings

/// What is asked of the machine as Linux tells it.
enum ThisMachine {
    /// Another one after every start of the machine.
    static var boot: String {
        ((try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "").filter { !$0.isWhitespace }
    }

    /// The one in which this process's numbers hold.
    static var namespace: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
    }

    static var processes: [RunningProcess] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0).flatMap { RunningProcess($0) } }
    }

    /// Bytes that a user may still write to a disk; nil where the system does not tell.
    static func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }
}

/// A process that cannot be mistaken for a later one of the same number.
struct RunningProcess: Hashable {
    let number: pid_t
    /// Since the machine's start, in clock ticks.
    let start: UInt64

    init(number: pid_t, start: UInt64) {
        self.number = number
        self.start = start
    }

    /// nil where no such process is there.
    init?(_ number: pid_t) {
        let start = start_of(number)
        guard start > 0 else { return nil }
        self.init(number: number, start: start)
    }

    var lives: Bool { start_of(number) == start }

    func end() { _ = end_process(number, start) }

    /// All that it has started, and what they have.
    var descendants: [RunningProcess] {
        var numbers = [pid_t](repeating: 0, count: 4096)
        let count = list_descendants(number, &numbers, Int32(numbers.count))
        return numbers.prefix(Int(count)).compactMap { RunningProcess($0) }
    }

    /// Its words; empty where it has gone.
    var command: [Substring] {
        guard let bytes = try? RegularFile.read("/proc/\(number)/cmdline") else { return [] }
        guard !bytes.isEmpty else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
    }

    /// Whether it has a file open for writing.
    func writes(to path: String) -> Bool {
        var file = stat()
        guard lstat(path, &file) == 0 else { return false }
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(number)/fd")) ?? []
        return descriptors.contains { descriptor in
            var other = stat()
            guard stat("/proc/\(number)/fd/\(descriptor)", &other) == 0, other.st_dev == file.st_dev,
                other.st_ino == file.st_ino,
                let text = try? RegularFile.read("/proc/\(number)/fdinfo/\(descriptor)")
            else { return false }
            let flags = String(decoding: text, as: UTF8.self).firstMatch(of: /flags:\s*([0-7]+)/).flatMap {
                Int32($0.1, radix: 8)
            }
            return flags.map { $0 & O_ACCMODE != O_RDONLY } ?? false
        }
    }

    /// Those of some variables that its environment has; none where it cannot be read.
    func variables(_ names: [String]) -> [String: String] {
        guard let bytes = try? RegularFile.read("/proc/\(number)/environ") else { return [:] }
        var found: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            guard let end = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<end], as: UTF8.self)
            if names.contains(name) { found[name] = String(decoding: entry[(end + 1)...], as: UTF8.self) }
        }
        return found
    }

    /// Whether a variable of its environment has a value.
    func has(_ variable: String, _ value: String) -> Bool {
        guard let bytes = try? RegularFile.read("/proc/\(number)/environ") else { return false }
        let entry = Array("\(variable)=\(value)".utf8)
        return bytes.split(separator: 0).contains { $0.elementsEqual(entry) }
    }
}
