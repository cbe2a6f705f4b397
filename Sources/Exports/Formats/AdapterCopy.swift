import Glibc
import TrainerSettings

/// Copies an adapter's folder: its files' content, not their owners or rights, so that whoever can read a study can export from it.
struct AdapterCopy {
    /// A trial's folder: a link may lead to what lies in it and to nothing else.
    let bounds: String

    /// - Throws: `ExportError` for what is no file or folder, or leads out of the trial's folder; `Errno` words for the disk's refusals.
    func copy(_ source: String, to target: String) throws(ExportError) {
        let contents: FolderContents
        do throws(RegularFileError) {
            contents = try FolderContents(of: source, bounds: bounds)
        } catch { throw ExportError("\(error)") }
        func place(_ folder: String, _ name: String) -> String { name.isEmpty ? folder : folder + "/" + name }
        for name in contents.folders {
            guard mkdir(place(target, name), 0o777) == 0 else { throw Self.cannotWrite(place(target, name)) }
        }
        for name in contents.files { try copyFile(place(source, name), to: place(target, name)) }
    }

    private func copyFile(_ source: String, to target: String) throws(ExportError) {
        let input: Int32
        do throws(RegularFileError) { input = try RegularFile.open(source) } catch { throw ExportError("\(error)") }
        defer { close(input) }
        let output = Glibc.open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard output >= 0 else { throw Self.cannotWrite(target) }
        defer { close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(input, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw ExportError("\(source): cannot be read: \(String(cString: strerror(errno)))") }
            guard count > 0 else { break }
            var done = 0
            while done < count {
                let written = buffer[done..<count].withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { throw Self.cannotWrite(target) }
                done += written
            }
        }
        guard fsync(output) == 0 else { throw Self.cannotWrite(target) }
    }

    private static func cannotWrite(_ path: String) -> ExportError {
        ExportError("\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
}
