import FoundationEssentials
package import Glibc
import Synchronization

/// What must not outlive this process where it ends in the middle: drafts of files and folders, and the programs that it has started.
package enum Unfinished {
    private struct State {
        var drafts: Set<String> = []
        var programs: Set<pid_t> = []
    }

    private static let state = Mutex(State())

    // MARK: - Drafts

    /// A path with nothing there, beside the place that what is written there will take. What processes that are gone have left of the
    /// same place is removed.
    package static func draft(for place: String) -> String {
        let (folder, name) = parts(of: place)
        removeAbandoned(in: folder, beginning: prefix(name))
        return state.withLock { state in
            var number = 0
            while true {
                let path = "\(folder)/\(prefix(name))\(host)-\(getpid())" + (number == 0 ? "" : "-\(number)")
                var status = stat()
                if lstat(path, &status) != 0, state.drafts.insert(path).inserted { return path }
                number += 1
            }
        }
    }

    /// Removes what is left of a draft.
    package static func remove(_ draft: String) {
        try? FileManager.default.removeItem(atPath: draft)
        state.withLock { _ = $0.drafts.remove(draft) }
    }

    /// Does what must not be left half done, such as two renames: a signal waits for its end.
    package static func atOnce(_ steps: () throws -> Void) rethrows { try state.withLock { _ in try steps() } }

    // MARK: - Programs

    /// - Parameter start: starts a program and gives its process.
    package static func run(_ start: () throws -> pid_t) rethrows -> pid_t {
        try state.withLock { state in
            let process = try start()
            state.programs.insert(process)
            return process
        }
    }

    package static func ended(_ program: pid_t) { state.withLock { _ = $0.programs.remove(program) } }

    // MARK: - The end

    /// Removes all drafts, ends all programs, then this process. Whoever begins or ends something meanwhile waits for that.
    package static func abandon(code: Int32) -> Never {
        state.withLock { state in
            for program in state.programs { for process in [-program, program] { kill(process, SIGKILL) } }
            for draft in state.drafts { removeWhileWritten(draft) }
            _exit(code)
        }
    }

    /// Another thread may put files into it until its folder is gone.
    private static func removeWhileWritten(_ draft: String) {
        for _ in 0..<100 {
            try? FileManager.default.removeItem(atPath: draft)
            var status = stat()
            if lstat(draft, &status) != 0 { return }
            usleep(5000)
        }
    }
}

extension Unfinished {
    private static let host: String = {
        var name = [CChar](repeating: 0, count: 65)
        guard gethostname(&name, 64) == 0 else { return "host" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).replacing("/", with: "_")
    }()

    /// Names have 255 bytes at most. No user's file is called so.
    private static func prefix(_ name: String) -> String {
        "." + String(decoding: name.utf8.prefix(120), as: UTF8.self) + ".autolora-draft-"
    }

    private static func parts(of place: String) -> (folder: String, name: String) {
        var place = place[...]
        while place.count > 1, place.hasSuffix("/") { place = place.dropLast() }
        guard let end = place.lastIndex(of: "/") else { return (".", String(place)) }
        let folder = place[..<end]
        return (folder.isEmpty ? "" : String(folder), String(place[place.index(after: end)...]))
    }

    /// Of this machine's processes that are gone, and of any that were begun more than a day ago.
    private static func removeAbandoned(in folder: String, beginning prefix: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "/" : folder)) ?? []
        // What ends in .old was somebody's until a draft was to take its place.
        for name in names where name.hasPrefix(prefix) && !name.hasSuffix(".old") {
            let (path, rest) = (folder + "/" + name, name.dropFirst(prefix.count))
            let own = rest.hasPrefix(host + "-") ? rest.dropFirst(host.count + 1).split(separator: "-").first : nil
            let process = own.flatMap { pid_t($0) }
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            let isOld = time(nil) - status.st_mtim.tv_sec > 86_400
            let isGone = process.map { kill($0, 0) != 0 && errno == ESRCH } ?? false
            if isGone || isOld { try? FileManager.default.removeItem(atPath: path) }
        }
    }
}
