import SystemPackage

/// A trial's log.txt, where both of its streams end up; written as it comes.
actor TrialLog {
    private let file: FileDescriptor
    private var isFull = false

    /// - Throws: `TrialLogError` where the file cannot be opened.
    init(folder: String) throws(TrialLogError) {
        let path = FilePath(folder).appending("log.txt")
        do {
            file = try FileDescriptor.open(
                path, .writeOnly, options: [.append, .create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw TrialLogError(path: path.string, reason: "\(error)")
        }
    }

    func write(_ bytes: [UInt8]) {
        guard !isFull else { return }
        // A full disk must not end the trial; what is lost is log alone.
        do { try file.writeAll(bytes) } catch { isFull = true }
    }

    func close() {
        try? file.close()
    }
}

struct TrialLogError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "\(path): cannot be written: \(reason)" }
}
