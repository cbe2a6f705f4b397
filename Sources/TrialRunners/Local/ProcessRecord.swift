import FoundationEssentials
import Glibc
import SystemPackage

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
            lines[1] == "boot " + ThisMachine.boot, lines[2] == "namespace " + ThisMachine.namespace,
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
}
