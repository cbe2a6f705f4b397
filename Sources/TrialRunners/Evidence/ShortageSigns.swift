import Studies

/// What is left to look at once a process has ended badly: was it the memory, or the disk?
struct ShortageSigns {
    /// The end of what it printed.
    var log: String?
    /// Whether the kernel killed something for want of memory meanwhile; nil: it does not tell.
    var memoryKillsRose: Bool?
    /// Bytes left on the study's disk.
    var freeBytes: Int?

    /// A program that cannot save its checkpoint may need no more than this.
    private static let plenty = 256 << 20
    private static let nothing = 1 << 20

    /// nil where there is no sign of one.
    func shortage(behind ending: TrialLife.Ending) -> TrialLife.Shortage? {
        switch ending {
        case .exited(0), .terminated, .killed, .notStarted, .timedOut: return nil
        case .exited, .signaled: return disk ?? memory(behind: ending)
        }
    }

    private var disk: TrialLife.Shortage? {
        if let words = find(/Disk quota exceeded/) { return .disk("its log says: \(words)") }
        guard let freeBytes else { return nil }
        let left = "\(freeBytes >> 20) MiB are left"
        if freeBytes < Self.plenty, let words = find(/No space left on device/) {
            return .disk("its log says: \(words); \(left)")
        }
        return freeBytes < Self.nothing ? .disk(left) : nil
    }

    private func memory(behind ending: TrialLife.Ending) -> TrialLife.Shortage? {
        if ending.foreignSignal == 9 {
            switch memoryKillsRose {
            case true?: return .memory("most likely: the kernel's count of processes killed for that rose")
            case nil: return .memory("perhaps: the kernel's count of processes killed for that cannot be read")
            case false?: break
            }
        }
        let words = find(
            /MemoryError|std::bad_alloc|[Cc]annot allocate memory|[Oo]ut ?[Oo]f ?[Mm]emory|[Mm]emory exhausted|[Cc]ould not allocate/
        )
        return words.map { .memory("its log says: \($0)") }
    }

    private func find(_ pattern: Regex<Substring>) -> String? {
        log.flatMap { $0.firstMatch(of: pattern) }.map { String($0.output) }
    }
}
