import CSupervisor
import FoundationEssentials
import Glibc
import SystemPackage
import TrainerSettings

/// What a trial's supervisor wrote down of the processes under it: the file `processes` in the trial's folder.
///
/// It is held by a lock for as long as the supervisor lives, and goes with it, unless that is killed.
struct ProcessRecord {
    /// The launch's own word, which its processes have in their environment as AUTOLORA_LAUNCH.
    let launch: String
    let processes: [RunningProcess]

    private static let longest = 256 << 10

    static func path(in folder: String) -> String { folder + "/processes" }

    /// nil where there is none, or where its numbers are another boot's or another namespace's, or where it was copied with its folder.
    init?(in folder: String) {
        guard let lines = Self.lines(in: folder), lines.count > 4, lines[0].hasPrefix("launch "),
            lines[1] == "boot " + Self.boot, lines[2] == "namespace " + Self.namespace,
            lines[3] == "folder " + Self.identity(of: folder)
        else { return nil }
        launch = String(lines[0].dropFirst("launch ".count))
        processes = lines.dropFirst(4).compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count == 2, let number = pid_t(fields[0]), let start = UInt64(fields[1]), number > 1 else {
                return nil
            }
            return RunningProcess(number: number, start: start)
        }
    }

    /// Why a supervisor could not start its program; nil where it did.
    static func obstacle(in folder: String) -> String? {
        let word = "not started: "
        return lines(in: folder)?.first.flatMap { $0.hasPrefix(word) ? String($0.dropFirst(word.count)) : nil }
    }

    static func isThere(in folder: String) -> Bool { access(path(in: folder), F_OK) == 0 }

    static func remove(in folder: String) { unlink(path(in: folder)) }

    /// Whether the supervisor lives and is at work.
    static func isHeld(in folder: String) -> Bool {
        guard let file = open(in: folder) else { return false }
        defer { try? file.close() }
        return flock(file.rawValue, LOCK_SH | LOCK_NB) != 0
    }

    private static func open(in folder: String) -> FileDescriptor? {
        try? FileDescriptor.open(FilePath(path(in: folder)), .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
    }

    private static func lines(in folder: String) -> [Substring]? {
        guard let file = open(in: folder) else { return nil }
        defer { try? file.close() }
        var bytes = [UInt8](repeating: 0, count: longest)
        guard let count = try? bytes.withUnsafeMutableBytes({ try file.read(into: $0) }) else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
    }

    private static func identity(of folder: String) -> String {
        var status = stat()
        return stat(folder, &status) == 0 ? "\(status.st_dev):\(status.st_ino)" : ""
    }

    private static var boot: String {
        ((try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "").filter { !$0.isWhitespace }
    }

    private static var namespace: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
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

    /// Whether a variable of its environment has a value.
    func has(_ variable: String, _ value: String) -> Bool {
        guard let bytes = try? RegularFile.read("/proc/\(number)/environ") else { return false }
        let entry = Array("\(variable)=\(value)".utf8)
        return bytes.split(separator: 0).contains { $0.elementsEqual(entry) }
    }
}
