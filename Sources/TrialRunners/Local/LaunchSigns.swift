import Studies

/// What is looked at before a launch on this machine, to be held against what there is after it.
struct LaunchSigns {
    private let folder: String
    private let logStart: Int
    /// The kernel's count of processes that it killed for want of memory; nil: it does not tell.
    private let memoryKills: Int?

    private var log: String { folder + "/log.txt" }

    init(_ launch: Launch) {
        folder = launch.folder
        logStart = FileTail.length(of: launch.folder + "/log.txt")
        memoryKills = MemoryKills.count()
    }

    /// - Parameter errors: the end of the launch's standard error.
    func completion(_ ending: TrialLife.Ending, errors: [UInt8] = []) -> Completion {
        let rose = memoryKills.flatMap { earlier in MemoryKills.count().map { $0 > earlier } }
        return Completion(
            ending, log: log, from: logStart, errors: String(decoding: errors, as: UTF8.self),
            machine: MachineSigns(memoryKillsRose: rose, freeBytes: ThisMachine.freeBytes(at: folder)))
    }
}
