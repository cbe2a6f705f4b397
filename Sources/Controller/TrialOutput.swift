import FoundationEssentials
import Studies
import SystemPackage
import TrainerSettings
import TrialRunners

/// What a trial's latest launch printed on its standard output: its supervisor keeps that in the trial's folder, until it is on record what
/// became of the launch. So what a dead controller had not come to is there for the next one.
struct TrialOutput {
    private let path: String

    init(_ path: String) { self.path = path }

    /// More than that is not read again.
    private static let most = 64 << 20

    /// How the launch began.
    struct Start: Hashable {
        let launch: Int
        /// Of the trial's reports that were on record.
        let reports: Int
        let isResumed: Bool

        fileprivate var line: String {
            "autolora: launch \(launch) after \(reports) reports, \(isResumed ? "from a checkpoint" : "from the beginning")\n"
        }

        fileprivate init?(_ line: Substring) {
            guard
                let match = line.wholeMatch(
                    of: /autolora: launch (\d+) after (\d+) reports, from (a checkpoint|the beginning)/),
                let launch = Int(match.1), let reports = Int(match.2)
            else { return nil }
            self.init(launch: launch, reports: reports, isResumed: match.3 == "a checkpoint")
        }

        init(launch: Int, reports: Int, isResumed: Bool) {
            (self.launch, self.reports, self.isResumed) = (launch, reports, isResumed)
        }
    }

    /// Begins the file for a launch; where the disk is full, there is none.
    func begin(_ start: Start) {
        remove()
        guard
            let file = try? FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        else { return }
        let isWritten = (try? file.closeAfter { try file.writeAll(Array(start.line.utf8)) }) != nil
        if !isWritten { remove() }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// How the launch began, and the reports that it printed since; nil: the file is not there, or not whole.
    func read(_ wanted: WantedReports) -> (start: Start, reports: [ReportLine])? {
        guard let bytes = try? RegularFile.read(path, atMost: Self.most, links: .refused), let end = bytes.firstIndex(of: 0x0A),
            let start = Start(Substring(decoding: bytes[..<end], as: UTF8.self))
        else { return nil }
        return (start, LineReader(wanted).reports(in: Array(bytes[(end + 1)...])))
    }
}

/// The lines of log.txt that tell where a trial's further launches begin.
struct LaunchMark {
    let log: String

    /// Says in a log that has lines of earlier launches that another one begins; where the disk is full, it does not.
    func write(launch: Int) {
        guard FileTail.length(of: log) > 0,
            let file = try? FileDescriptor.open(
                FilePath(log), .writeOnly, options: [.append, .closeOnExec, .noFollow, .nonBlocking])
        else { return }
        let lineBreak = FileTail.read(log, bytes: 1) == "\n" ? "" : "\n"
        _ = try? file.closeAfter { try file.writeAll(Array("\(lineBreak)autolora: launch \(launch)\n".utf8)) }
    }
}
