import FoundationEssentials
import Glibc

/// Processes of trials that nobody supervises any more: their supervisor was killed, or their controller with it.
///
/// They are known by their environment, which children inherit.
package enum Leftovers {
    /// Kills what still works on trials in a folder, and what that starts meanwhile.
    ///
    /// - Parameter folder: of one trial, or of all of a study's; absolute.
    /// - Returns: how many processes were killed.
    @discardableResult package static func end(in folder: String) async -> Int {
        var killed: Set<pid_t> = []
        for _ in 0..<100 {
            let found = processes(in: folder)
            if found.isEmpty { break }
            for process in found { kill(process, SIGKILL) }
            killed.formUnion(found)
            try? await Task.sleep(for: .milliseconds(10))
        }
        return killed.count
    }

    /// Waits for supervisors whose controller is gone: each ends its trial within two seconds, and saves what that printed.
    package static func wait(in folder: String, patience: Duration = .seconds(10)) async {
        let start = ContinuousClock.now
        while start.duration(to: .now) < patience, processes(in: folder).contains(where: isSupervisor) {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Whether it supervises a trial and is able to go on.
    private static func isSupervisor(_ process: pid_t) -> Bool {
        guard let command = try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline")) else { return false }
        let isOurs = command.split(separator: 0).dropFirst().first.map { String(decoding: $0, as: UTF8.self) } == "supervise"
        return isOurs && fields(of: process)?.first.map { !["T", "t", "Z", "X"].contains($0) } ?? false
    }

    static func processes(in folder: String) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { $0 != getpid() && !isAncestor($0) && works($0, in: folder) }
    }

    /// Zombies have no environment.
    private static func works(_ process: pid_t, in folder: String) -> Bool {
        guard let environment = try? Data(contentsOf: URL(filePath: "/proc/\(process)/environ")) else { return false }
        let name = Array("AUTOLORA_TRIAL_DIR=".utf8)
        guard let variable = environment.split(separator: 0).first(where: { $0.starts(with: name) }) else { return false }
        let place = String(decoding: variable.dropFirst(name.count), as: UTF8.self)
        return place == folder || place.hasPrefix(folder + "/")
    }

    /// Whether it started this process, by way of others perhaps: a study can be resumed from within a trial's shell.
    private static func isAncestor(_ process: pid_t) -> Bool {
        var next = getppid()
        for _ in 0..<64 where next > 1 {
            if next == process { return true }
            next = parent(of: next)
        }
        return false
    }

    private static func parent(of process: pid_t) -> pid_t {
        fields(of: process).flatMap { $0.count > 1 ? pid_t($0[1]) : nil } ?? 0
    }

    /// Whether a process is there and no zombie.
    static func lives(_ process: pid_t) -> Bool {
        fields(of: process).map { $0.first != "Z" && $0.first != "X" } ?? false
    }

    /// What /proc/PID/stat says after the program's name: state, parent, ...
    private static func fields(of process: pid_t) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }
}
