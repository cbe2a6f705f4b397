import FoundationEssentials
import Glibc

/// Tells whether anything in a trial's folder has changed, apart from what the controller and the supervisor write there.
struct FolderSign: Sendable {
    private let path: String

    init(_ path: String) { self.path = path }

    private static let ours = ["log.txt", "output.txt", "processes", "config.json", "launch.json", "ahead.json"]
    /// Files that are looked at: a trial that writes more is known by those.
    private static let most = 10_000

    /// Another one after every change of a name, a size or a time.
    var now: Int {
        var hasher = Hasher()
        var left = Self.most
        for name in names(path) where !Self.ours.contains(name) { look(at: path + "/" + name, &hasher, &left) }
        return hasher.finalize()
    }

    private func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private func look(at path: String, _ hasher: inout Hasher, _ left: inout Int) {
        var status = stat()
        guard left > 0, lstat(path, &status) == 0 else { return }
        left -= 1
        hasher.combine(path)
        for part in [Int(status.st_size), Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)] { hasher.combine(part) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return }
        for name in names(path) { look(at: path + "/" + name, &hasher, &left) }
    }
}
