import Glibc
package import SearchSpaces
import Studies
package import StudyStore
import TrainerSettings

/// A study's event files as they grow, for a TensorBoard that looks on while the study runs.
package struct TensorBoardLog {
    /// What `tensorboard --logdir` is given.
    package let folder: String
    private var written: [Int: (reports: Int, isOver: Bool)] = [:]

    /// Begins again: what an earlier run wrote is replaced, as every trial is told again.
    ///
    /// - Throws: ``ExportError`` where something else stands in its place.
    package init(_ folder: String, of study: StudyRecord, _ specification: StudySpecification) throws(ExportError) {
        self.folder = folder
        try write(EventFile(of: study, specification).bytes, in: folder, isNew: true)
    }

    /// Writes what is new of these trials.
    ///
    /// - Throws: ``ExportError`` where the disk refuses.
    package mutating func take(_ trials: [RecordedTrial], of study: StudyRecord) throws(ExportError) {
        for trial in trials where trial.record.launches > 0 {
            let known = written[trial.record.number]
            if known?.isOver == true { continue }
            var file = known == nil ? EventFile(of: trial.record, in: study) : EventFile()
            file.add(trial, after: known?.reports ?? 0, of: study.metric)
            HyperParameters.addEnd(of: trial.record, to: &file)
            try write(file.bytes, in: folder + "/" + TensorBoardFolder.run(of: trial.record), isNew: known == nil)
            written[trial.record.number] = (trial.reports.count, trial.record.state.isFinal)
        }
    }

    /// - Parameter isNew: whether the file is begun; otherwise the bytes come behind what it has.
    private func write(_ bytes: [UInt8], in folder: String, isNew: Bool) throws(ExportError) {
        guard !bytes.isEmpty else { return }
        let path = folder + "/" + EventFile.name
        if isNew, mkdir(folder, 0o777) != 0, errno != EEXIST { throw Self.refused(folder) }
        guard RegularFile.stranger(at: folder) == RegularFile.folder else {
            throw ExportError("\(folder): is no folder; move it away")
        }
        // A link, a pipe or a second name would have something else written.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.refused(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            throw ExportError("\(path): is no regular file of the study's own; move it away")
        }
        if isNew, ftruncate(descriptor, 0) != 0 { throw Self.refused(path) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.refused(path) }
            done += count
        }
    }

    private static func refused(_ path: String) -> ExportError {
        ExportError("\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
}
