import Glibc

/// A new file that is written from front to end, for what does not fit into memory as a whole.
final class FileStream {
    let path: String
    private let descriptor: Int32
    private(set) var count = 0

    /// - Throws: `CheckpointError` where something is there already, or nothing can be made.
    init(path: String) throws(CheckpointError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    private static func failure(_ path: String) -> CheckpointError {
        CheckpointError(path: path, problem: "cannot be written: \(String(cString: strerror(errno)))")
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                if written == 0 { errno = ENOSPC }
                throw Self.failure(path)
            }
            rest = rest.dropFirst(written)
        }
        count += bytes.count
    }

    func write(_ bytes: [UInt8]) throws(CheckpointError) {
        let failed: CheckpointError? = bytes.withUnsafeBytes { bytes in
            do throws(CheckpointError) {
                try write(bytes)
                return nil
            } catch { return error }
        }
        if let failed { throw failed }
    }

    /// Zeros up to a multiple of so many bytes.
    func pad(to multiple: Int) throws(CheckpointError) {
        try write([UInt8](repeating: 0, count: (multiple - count % multiple) % multiple))
    }

    /// Brings all to the disk.
    func finish() throws(CheckpointError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
    }

    deinit { close(descriptor) }
}
