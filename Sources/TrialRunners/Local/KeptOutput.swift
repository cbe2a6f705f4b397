import Glibc
import TrainerSettings

/// What a launch prints on its standard output, in the trial's folder: its supervisor passes on that file's bytes, and no others.
struct KeptOutput: Sendable {
    private let path: String
    /// The file's length before the launch.
    private let start: Int

    private static let piece = 1 << 20

    init(folder: String) {
        path = folder + "/output.txt"
        var status = stat()
        start = lstat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The next bytes after as many of the launch's; nil: there are no more.
    func read(after count: Int) -> [UInt8]? {
        guard let file = try? RegularFile.open(path, links: .refused) else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.piece)
        let length = pread(file, &bytes, Self.piece, off_t(start + count))
        return length > 0 ? Array(bytes[..<length]) : nil
    }
}
