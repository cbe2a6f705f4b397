import Glibc
import TrainerSettings

/// Reads what a launch that runs elsewhere says: its reports, its log, and how it is.
struct LaunchReader {
    let folder: LaunchFolder
    private var reports = (read: 0, rest: [UInt8]())
    /// Reports that have come.
    private(set) var count = 0
    private var log: Int
    /// Whether end.json was announced; before that nobody looks for it.
    private var isAnnounced = false
    /// Where it started.
    private var node: String?

    /// - Parameter log: how much of its log is in the trial's already.
    init(_ folder: LaunchFolder, log: Int) { (self.folder, self.log) = (folder, log) }

    /// The reports that have come, each once.
    mutating func news() -> [ReportLine] {
        var news: [ReportLine] = []
        while let bytes = read(folder.reports, from: reports.read), !bytes.isEmpty {
            reports.read += bytes.count
            reports.rest += bytes
            while let end = reports.rest.firstIndex(of: 0x0A) {
                let line = Array(reports.rest[..<end])
                reports.rest.removeFirst(end + 1)
                if ReportMail.isEnd(line) { isAnnounced = true }
                if let report = ReportMail.report(in: line) { news.append(report) }
            }
        }
        count += news.count
        return news
    }

    /// What has come to its log.
    mutating func logged() -> [UInt8] {
        guard let bytes = read(folder.run + "/log.txt", from: log) else { return [] }
        log += bytes.count
        return bytes
    }

    /// - Parameters:
    ///   - thorough: whether to look for what was not announced.
    ///   - job: the launch's; nil: it has none yet.
    mutating func signs(thorough: Bool, job: String?) -> LaunchLife.Signs {
        var signs = LaunchLife.Signs()
        do throws(RegularFileError) {
            signs.starts = try SharedFile.read(folder.starts, from: 0).count { $0 == 0x0A }
        } catch {
            // Without the trial's own folder it is the file system that is away.
            signs.isReadable = error.isMissing && access(folder.trial, F_OK) == 0
            return signs
        }
        if let job { signs.hasOutput = read(folder.output(ofJob: job), from: 0) != nil }
        if signs.starts == 0, thorough, read(folder.start(1) + "/who.json", from: 0) != nil { signs.starts = 1 }
        guard signs.starts > 0 else { return signs }
        signs.isAnnounced = isAnnounced
        node = node ?? (try? JSONInput.object(file: folder.start(1) + "/who.json", atMost: 64 << 10))?["node"]?.text
        signs.node = node
        signs.beat = read(folder.alive, from: 0).flatMap { Int(String(decoding: $0.dropLast(), as: UTF8.self)) }
        if isAnnounced || thorough { signs.end = try? JSONInput.read(LaunchEnd.self, file: folder.end, atMost: 16 << 20) }
        if signs.starts > 1 { signs.isFenced = read(folder.fenced, from: 0) != nil }
        return signs
    }

    private func read(_ path: String, from start: Int) -> [UInt8]? { try? SharedFile.read(path, from: start) }
}
