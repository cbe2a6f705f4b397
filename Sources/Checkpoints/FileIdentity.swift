import Glibc

/// What tells one state of a file from every other without reading it: its size, its times and where it lies.
package struct FileIdentity: Sendable, Hashable, CustomStringConvertible {
    private let size: Int
    private let modified: Int
    /// The time of the last change of any kind, which no program can set back.
    private let changed: Int
    private let inode: UInt64
    private let device: UInt64

    /// nil where there is no such file.
    package init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        self.init(descriptor: descriptor)
    }

    /// Waits a moment for a file that has just been changed: times are no finer than the system's tick, and a second change
    /// within it could not be told from the first.
    package init?(descriptor: Int32) {
        let tick = 20_000_000
        var status = stat()
        for _ in 0..<8 {
            guard fstat(descriptor, &status) == 0 else { return nil }
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            let age = Self.nanoseconds(now) - Self.nanoseconds(status.st_ctim)
            guard (0..<tick).contains(age) else { break }
            usleep(UInt32((tick - age) / 1000 + 1))
        }
        size = Int(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
    }

    /// The running program's own file: another build may compute other bits.
    package static let program = FileIdentity(path: "/proc/self/exe")

    package var description: String { "\(size) bytes, \(modified), \(changed), \(device):\(inode)" }

    private static func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }
}
