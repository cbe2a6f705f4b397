import CStartup
import FoundationEssentials
import Glibc

/// What the system lets a user have at once, held against what a run needs (`ulimit`).
enum ProcessLimits {
    /// Open files: of a trial (its log, three pipes, its process, and what starting it takes for a moment), and of the controller itself.
    private static let (filesOfTrial, filesOfController) = (8, 64)
    /// Of a trial: its supervisor, its program, and a few of the threads that libraries start; of the controller: its threads.
    private static let (processesOfTrial, processesOfController) = (4, 24)

    /// Bytes of memory of a trial, for what is read of it and kept until it is on record.
    private static let memoryOfTrial = 2 << 20

    /// Raises the soft limits as far as `count` trials at once need it.
    ///
    /// - Throws: ``ProcessLimitError`` where the hard ones do not reach.
    static func makeRoom(forTrials count: Int) throws(ProcessLimitError) {
        try makeRoom(
            for: needed(filesOfTrial, filesOfController, trials: count), trials: count, in: RLIMIT_NOFILE, named: "open files",
            option: "-n", used: openFiles)
        if let lack = lacks_memory(UInt64(needed(memoryOfTrial, 0, trials: count))) {
            throw ProcessLimitError(
                trials: count, problem: "\(String(cString: lack)), for what is read of \(words(trials: count))")
        }
        // Root is not held to it.
        guard geteuid() != 0 else { return }
        try makeRoom(
            for: needed(processesOfTrial, processesOfController, trials: count), trials: count, in: __RLIMIT_NPROC,
            named: "processes", option: "-u", used: threadsOfUser)
    }

    private static func needed(_ each: Int, _ base: Int, trials: Int) -> Int {
        let (product, overflow) = each.multipliedReportingOverflow(by: trials)
        return overflow ? .max / 2 : min(product, .max / 2) + base
    }

    private static func makeRoom(
        for needed: Int, trials: Int, in kind: __rlimit_resource, named name: String, option: String, used: () -> Int
    ) throws(ProcessLimitError) {
        let resource = __rlimit_resource_t(kind.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur != rlim_t.max else { return }
        let used = used()
        let total = rlim_t(needed + used)
        guard limit.rlim_cur < total else { return }
        let most = limit.rlim_max
        limit.rlim_cur = min(total, most)
        guard most == rlim_t.max || most >= total, setrlimit(resource, &limit) == 0 else {
            throw ProcessLimitError(
                trials: trials,
                problem:
                    "\(words(trials: trials)) may need \(needed) \(name), and the limit is \(Int(clamping: most)), of which \(used) are taken: raise it"
                    + " (ulimit \(option) \(needed + used))")
        }
    }

    private static func words(trials: Int) -> String { trials == 1 ? "1 trial" : "\(trials) trials at once" }

    private static func openFiles() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 16
    }

    /// What the kernel counts for it: the threads of all processes of this user.
    private static func threadsOfUser() -> Int {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.filter { Int($0) != nil }.reduce(0) { count, process in
            var status = stat()
            guard stat("/proc/\(process)", &status) == 0, status.st_uid == getuid() else { return count }
            let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").count
            return count + (threads ?? 0)
        }
    }
}

/// A limit of the system that so many trials at once would pass.
struct ProcessLimitError: Error, Sendable, Hashable, CustomStringConvertible {
    let trials: Int
    /// With the limit, and how it is raised.
    let problem: String

    var description: String { trials == 1 ? problem : problem + ", or take fewer --workers" }
}
