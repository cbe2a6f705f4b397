import FoundationEssentials

/// File systems that hosts share over a network, where SQLite's log and many locks are not safe.
enum NetworkFileSystem {
    /// As the kernel and FUSE call them: `nfs4`, `fuse.sshfs`.
    private static let kinds = [
        "nfs", "cifs", "smb", "afs", "coda", "ceph", "lustre", "gpfs", "mmfs", "beegfs", "gfs2", "ocfs2", "panfs", "orangefs",
        "pvfs2", "9p", "vboxsf", "wekafs", "sshfs", "gluster", "s3fs", "gcsfuse", "rclone", "juicefs", "goofys", "moosefs",
        "lizardfs", "davfs", "virtiofs", "fhgfs", "quobyte",
    ]

    /// Of a folder that is there; nil: it is on a disk of this machine.
    static func name(at path: String) -> String? {
        guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return nil }
        return name(at: URL(filePath: path).resolvingSymlinksInPath().path, mounts: mounts)
    }

    /// - Parameter mounts: /proc/self/mountinfo: "36 35 98:0 / /data rw - nfs4 host:/data rw".
    static func name(at path: String, mounts: String) -> String? {
        var holding: (point: Substring, kind: Substring)?
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 6, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { continue }
            let point = words[4]
            guard path == point || path.hasPrefix(point == "/" ? "/" : point + "/") else { continue }
            // Of two at one point the later one is on top.
            if point.count >= holding?.point.count ?? 0 { holding = (point, words[dash + 1]) }
        }
        guard let kind = holding?.kind, kinds.contains(where: { kind.contains($0) }) else { return nil }
        return String(kind)
    }
}
