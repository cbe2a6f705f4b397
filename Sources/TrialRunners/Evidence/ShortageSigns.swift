import Studies

/// What is left to look at once a process has ended badly: was it the memory, or the disk?
struct ShortageSigns {
    let log: LogEnd
    let machine: MachineSigns

    /// A program that cannot save its checkpoint may need no more than this.
    private static let plenty = 256 << 20
    private static let nothing = 1 << 20

    /// nil where there is no sign of one.
    func shortage(behind ending: TrialLife.Ending) -> TrialLife.Shortage? {
        switch ending {
        case .exited(0), .terminated, .killed, .notStarted, .timedOut, .displaced, .cancelled, .left: return nil
        case .exited, .signaled, .relayed: return disk ?? memory(behind: ending).map { .memory($0) }
        }
    }

    private var disk: TrialLife.Shortage? {
        if let words = find("Disk quota exceeded") { return .disk("its log says: \(words)") }
        guard let freeBytes = machine.freeBytes else { return nil }
        let left = "\(freeBytes >> 20) MiB are left"
        if freeBytes < Self.plenty, let words = find("No space left on device") {
            return .disk("its log says: \(words); \(left)")
        }
        return freeBytes < Self.nothing ? .disk(left) : nil
    }

    private func memory(behind ending: TrialLife.Ending) -> TrialLife.Shortage.Memory? {
        if let sign = MemorySigns(log).sign { return .init(sign.place, .said, "its log says: \(sign.words)") }
        guard ending.foreignSignal == 9 else {
            return MemorySigns(log).hint.map {
                .init(.device, .possible, "perhaps: with no memory left, libraries fail at \($0)")
            }
        }
        switch machine.memoryKillsRose {
        case true?:
            return .init(.host, .counted, "most likely: the kernel's count of processes killed for that rose")
        case nil:
            return .init(.host, .possible, "perhaps: the kernel's count of processes killed for that cannot be read")
        case false?: return nil
        }
    }

    private func find(_ words: String) -> String? {
        log.places(holding: [words], from: log.last).isEmpty ? nil : words
    }
}

/// What this machine tells of the time of a launch.
package struct MachineSigns: Sendable, Hashable {
    /// Whether the kernel killed something for want of memory meanwhile; nil: it does not tell.
    package var memoryKillsRose: Bool?
    /// Bytes left on the study's disk; nil: they are of no account.
    package var freeBytes: Int?

    package init(memoryKillsRose: Bool?, freeBytes: Int? = nil) {
        (self.memoryKillsRose, self.freeBytes) = (memoryKillsRose, freeBytes)
    }
}
