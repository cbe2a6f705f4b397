import Studies
import StudyStore
import TrainerSettings

/// What a study takes on the disk, held against its `disk_cap`.
///
/// Only the trials that run are measured again: to look through all would take longer with every trial.
struct DiskUse {
    private let cap: Int
    private let folder: StudyFolder
    /// Bytes of each trial that has no process.
    private var measured: [Trial.ID: Int] = [:]
    private var total = 0
    /// The most that a trial has taken at once: what the next one may take.
    private var largest = 0

    init(cap: Int, folder: StudyFolder, trials: [Trial]) {
        (self.cap, self.folder) = (cap, folder)
        for trial in trials { note(trial.id) }
    }

    /// A trial's files as they are when its process is gone, and again when its checkpoint is.
    mutating func note(_ id: Trial.ID) {
        let bytes = DiskSpace.bytes(at: folder.trial(id))
        total += bytes - (measured.updateValue(bytes, forKey: id) ?? 0)
        largest = max(largest, bytes)
    }

    /// A trial has a process, and its files grow.
    mutating func launched(_ id: Trial.ID) {
        total -= measured.removeValue(forKey: id) ?? 0
    }

    /// Why one more launch would be too much; nil: there is room.
    func shortage(running: some Sequence<Trial.ID>) -> String? {
        let working = running.reduce(0) { $0 + max(largest, DiskSpace.bytes(at: folder.trial($1))) }
        let rest = [folder.cache, folder.database, folder.database + "-wal"].map(DiskSpace.bytes)
        let taken = total + working + rest.reduce(0, +)
        guard taken + largest > cap else { return nil }
        return
            "disk_cap \(ByteCount(bytes: cap)): \(folder.path) takes \(Self.text(taken)) (its trials \(Self.text(total)), its cache"
            + " \(Self.text(rest[0])), which may be removed and is bounded by prefix_cache), and another trial may take \(Self.text(largest)); make room there, or"
            + " raise disk_cap in a copy of the space file and give that to resume --space"
    }

    private static func text(_ bytes: Int) -> String { ByteCount(bytes: bytes).rounded }
}
