import Studies
import SystemPackage
import TrialRunners

/// The reports in a trial's log.txt, where what a dead controller had not read is saved by the trial's supervisor.
struct LoggedReports {
    private let path: String

    init(_ path: String) { self.path = path }

    /// What can be unread at most, with room for what came on the other stream: a pipe and a buffer.
    private static let mostUnread = 256 << 10
    private static let marker = "autolora: launch "

    /// Says in a log that has lines of earlier launches that another one begins; where the disk is full, it does not.
    func begin(launch: Int) {
        guard FileTail.length(of: path) > 0,
            let file = try? FileDescriptor.open(FilePath(path), .writeOnly, options: [.append, .closeOnExec])
        else { return }
        let lineBreak = FileTail.read(path, bytes: 1) == "\n" ? "" : "\n"
        _ = try? file.closeAfter { try file.writeAll(Array("\(lineBreak)\(Self.marker)\(launch)\n".utf8)) }
    }

    /// The latest launch's reports after one on record; none, where they have no steps to tell them by.
    func read(_ wanted: WantedReports, after last: Report?) -> [ReportLine] {
        guard let log = FileTail.read(path, bytes: Self.mostUnread) else { return [] }
        let lines = log.split { $0.isNewline }
        let launch = lines.lastIndex { $0.hasPrefix(Self.marker) }.map { lines[($0 + 1)...] } ?? lines[...]
        let reader = LineReader(wanted)
        var step = last.map { $0.step ?? .max } ?? .min
        return launch.compactMap { line in
            guard let report = reader.report(in: Array(line.utf8)), let now = report.step, now > step else { return nil }
            step = now
            return report
        }
    }
}
