import FoundationEssentials
import Glibc

/// Gives a launch's own folder what its trial's earlier launches have left, as a program on one machine finds it: what it appends to, collects
/// or looks up there.
struct LaunchInheritance {
    let folder: LaunchFolder

    /// What the controller keeps of the trial, and what has ways of its own: a checkpoint is named to the launch, and an adapter stays where
    /// it is until a better one comes.
    private static let others: Set = [
        "launches", "log.txt", "output.txt", "processes", "config.json", "launch.json", "ahead.json", "ended.json",
        "checkpoint",
        "adapter",
    ]
    /// Bytes from which a file is linked: what is so large is replaced, as a rule, and not written to.
    private static let large = 1 << 20

    /// What cannot be had is left out: a program does without it, as one that is launched for the first time.
    func bring() { fill(folder.run, from: folder.trial, but: Self.others) }

    private func fill(_ target: String, from source: String, but others: Set<String> = []) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: source)) ?? []
        where !others.contains(name) && !name.hasSuffix(".tmp") {
            let (old, new) = (source + "/" + name, target + "/" + name)
            var (status, there) = (stat(), stat())
            guard lstat(old, &status) == 0 else { continue }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            // What was prepared for the launch stays.
            if lstat(new, &there) == 0 {
                if isFolder, there.st_mode & S_IFMT == S_IFDIR { fill(new, from: old) }
            } else if isFolder {
                guard mkdir(new, status.st_mode & 0o777) == 0 else { continue }
                fill(new, from: old)
            } else if status.st_mode & S_IFMT == S_IFREG, status.st_size >= Self.large, link(old, new) == 0 {
                continue
            } else if [S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) {
                try? files.copyItem(atPath: old, toPath: new)
            }
        }
    }
}
