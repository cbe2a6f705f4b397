import FoundationEssentials
import Glibc
import TrainerSettings

/// Copies an adapter's folder: its files' content, not their owners or rights, so that whoever can read a study can export from it.
struct AdapterCopy {
    /// A trial's folder: a link may lead to what lies in it and to nothing else.
    let bounds: String

    /// Deeper no trainer's adapter is nested, and a link to a folder above it would have no end.
    private static let deepest = 8

    /// - Throws: `ExportError` for what is no file or folder, or leads out of the trial's folder; `Errno` words for the disk's refusals.
    func copy(_ source: String, to target: String, depth: Int = 0) throws(ExportError) {
        guard depth < Self.deepest else { throw ExportError("\(source): nested deeper than \(Self.deepest) folders") }
        let kind = RegularFile.stranger(at: source)
        if kind == RegularFile.link, !RegularFile.leads(source, into: bounds) {
            throw ExportError(
                "\(source): is a symbolic link that leads out of the trial's folder, which is not followed; put the file there")
        }
        var status = stat()
        guard stat(source, &status) == 0 else { throw ExportError("\(source): \(String(cString: strerror(errno)))") }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try copyFile(source, to: target) }
        guard mkdir(target, 0o777) == 0 else { throw Self.cannotWrite(target) }
        for name in try names(in: source) { try copy(source + "/" + name, to: target + "/" + name, depth: depth + 1) }
    }

    private func names(in folder: String) throws(ExportError) -> [String] {
        guard let listing = opendir(folder) else {
            throw ExportError("\(folder): cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw ExportError(
                    "\(folder): holds a file whose name is not UTF-8 (\(String(decoding: bytes, as: UTF8.self))); rename it")
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
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
