import SystemPackage

/// A trial's log.txt, where both of its streams end up; written as it comes, a stream's line whole.
actor TrialLog {
    private let file: FileDescriptor
    /// What the disk had no room for.
    private var waiting: [UInt8] = []
    private static let longestWaiting = 4096
    private var merger = StreamMerger()
    /// Ends the wait for a line that does not end.
    private var patience: Task<Void, Never>?
    private static let longestWait = Duration.milliseconds(200)
    /// The end of what came of standard error.
    private(set) var errors: [UInt8] = []

    /// - Throws: `TrialLogError` where the file cannot be opened.
    init(folder: String) throws(TrialLogError) {
        let path = FilePath(folder).appending("log.txt")
        do {
            file = try FileDescriptor.open(
                path, .writeOnly, options: [.append, .create, .closeOnExec, .noFollow, .nonBlocking],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw TrialLogError(path: path.string, reason: "\(error)")
        }
    }

    func write(_ bytes: [UInt8], from stream: StreamMerger.Stream) {
        if stream == .errors { errors = Array((errors + bytes).suffix(LogEnd.lastBytes)) }
        write(merger.take(bytes, from: stream))
        if !merger.isHolding {
            patience?.cancel()
            patience = nil
        } else if patience == nil {
            patience = Task {
                do { try await Task.sleep(for: Self.longestWait) } catch { return }
                release()
            }
        }
    }

    private func release() {
        patience = nil
        write(merger.release())
    }

    private func write(_ bytes: [UInt8]) {
        waiting += bytes
        while !waiting.isEmpty, let count = try? waiting.withUnsafeBytes({ try file.write($0) }), count > 0 {
            waiting.removeFirst(count)
        }
        // A full disk must not end the trial; what is lost is log alone, and not its end.
        if waiting.count > Self.longestWaiting { waiting.removeFirst(waiting.count - Self.longestWaiting) }
    }

    func close() {
        patience?.cancel()
        // Space may have been made meanwhile, by the trial's end say.
        write(merger.release())
        try? file.close()
    }
}

struct TrialLogError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "\(path): cannot be written: \(reason)" }
}
