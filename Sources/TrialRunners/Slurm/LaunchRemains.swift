import FoundationEssentials
import Glibc

/// Brings what a launch has left in its own folder into its trial's, where everything else looks for it.
struct LaunchRemains {
    let folder: LaunchFolder

    /// What the trial has of its own, or nobody needs.
    private static let left: Set = ["log.txt", "output.txt", "processes", "launches"]
    private var names: [String] { Self.names(in: folder.run).filter { !Self.left.contains($0) && !$0.hasSuffix(".tmp") } }

    private static func names(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    /// Whether there is a checkpoint to go on from.
    var hasCheckpoint: Bool { Self.names(in: folder.run + "/checkpoint").contains { !$0.hasSuffix(".tmp") } }

    /// Moves it: the launch is over, and nobody writes there any more. What was moved before is left as it is, and what lost launches
    /// before it have left is no longer needed.
    func move() {
        for name in names where name != "checkpoint" || hasCheckpoint {
            let (source, target) = (folder.run + "/" + name, folder.trial + "/" + name)
            try? FileManager.default.removeItem(atPath: target)
            rename(source, target)
        }
        for name in Self.left { unlink(folder.run + "/" + name) }
        for earlier in folder.earlier { try? FileManager.default.removeItem(atPath: earlier.run) }
    }

    /// Copies it: whoever was lost may write on. What changes meanwhile is left.
    func copy() {
        for name in names where name != "config.json" && (name != "checkpoint" || hasCheckpoint) {
            let (source, target) = (folder.run + "/" + name, folder.trial + "/" + name)
            let copy = target + ".copy.tmp"
            try? FileManager.default.removeItem(atPath: copy)
            let before = FolderSign(source).now
            guard (try? FileManager.default.copyItem(atPath: source, toPath: copy)) != nil, FolderSign(source).now == before
            else {
                try? FileManager.default.removeItem(atPath: copy)
                continue
            }
            try? FileManager.default.removeItem(atPath: target)
            rename(copy, target)
        }
    }
}
