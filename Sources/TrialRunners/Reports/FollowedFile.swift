import FoundationEssentials
import Glibc
import SearchSpaces
import Studies
import SystemPackage
import TrainerSettings

/// Follows the file in which a trial keeps its figures: it can be appended to, written again at each entry, or begun again by a launch.
struct FollowedFile: Sendable {
    private let place: ReportFilePlace
    private let wanted: WantedReports
    /// What the file told when it was looked at last.
    private var known: [Entry] = []
    private var looked: ReportFilePlace.Version?

    /// A report as it is compared with another: NaN is itself.
    private struct Entry: Sendable, Hashable {
        let step: Int?
        let value: UInt64
        let metrics: [String: UInt64]

        init(_ report: ReportLine) {
            (step, value) = (report.step, report.value.bitPattern)
            metrics = report.metrics.mapValues(\.bitPattern)
        }
    }

    /// Takes what is there before the process starts as known: earlier launches left it. A launch that starts over begins without it.
    init?(_ launch: Launch) {
        guard let path = launch.reports.source.file else { return nil }
        place = ReportFilePlace(path, folder: launch.folder, trial: launch.trial.number)
        wanted = launch.reports
        let isResumed = (launch.environment["AUTOLORA_RESUME_FROM"] ?? nil) != nil
        if !isResumed { place.removeOwn() }
        known = reports(isWhole: true)?.map(Entry.init) ?? []
    }

    /// The reports that were not there before, in their order; none while the file cannot be read.
    ///
    /// - Parameter isOver: the process has ended: the last line is taken as it is.
    mutating func news(isOver: Bool) -> [ReportLine] {
        let version = place.newest()
        guard version != looked || isOver, let reports = reports(isWhole: isOver) else { return [] }
        looked = version
        let entries = reports.map(Entry.init)
        defer { known = entries }
        return Array(reports.dropFirst(Self.overlap(known, entries)))
    }

    /// How many of the entries that are there now were there before.
    private static func overlap(_ before: [Entry], _ now: [Entry]) -> Int {
        let common = zip(before, now).prefix { $0 == $1 }.count
        guard common < before.count, common < now.count else { return common }
        // A file that keeps its latest entries alone has lost the first ones.
        for start in 1..<before.count where before[start...].elementsEqual(now.prefix(before.count - start)) {
            return before.count - start
        }
        return common
    }

    private func reports(isWhole: Bool) -> [ReportLine]? {
        guard let version = place.newest(), let bytes = place.read(version) else { return nil }
        return ReportFilePlace.reports(in: bytes, named: version.path, wanted, isWhole: isWhole)
    }
}

/// Where a trial keeps its figures.
package struct ReportFilePlace: Sendable {
    /// Absolute; `*` stands for any text within a folder's or file's name.
    package let path: String
    private let folder: String

    private static let most = 64 << 20

    /// A file as it was at one time.
    struct Version: Sendable, Hashable {
        let path: String
        let inode: UInt64
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    /// - Parameters:
    ///   - path: as the space file has it: relative to the trial's folder; `${trial_dir}` and `${trial}` stand for what they say.
    ///   - folder: the trial's own, absolute.
    package init(_ path: String, folder: String, trial: Int) {
        let path = path.replacing("${trial_dir}", with: folder).replacing("${trial}", with: String(trial))
        self.path = path.hasPrefix("/") ? path : folder + "/" + path
        self.folder = folder
    }

    private var paths: [String] {
        guard path.contains("*") else { return [path] }
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(path, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    /// The file that was written last; nil: there is none.
    func newest() -> Version? {
        paths.compactMap(Self.version).max { ($0.seconds, $0.nanoseconds, $0.path) < ($1.seconds, $1.nanoseconds, $1.path) }
    }

    private static func version(_ path: String) -> Version? {
        var status = stat()
        // A pipe would hold us up.
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Version(
            path: path, inode: UInt64(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    func read(_ version: Version) -> [UInt8]? {
        (try? RegularFile.read(version.path, atMost: Self.most)).map(Array.init)
    }

    /// The newest file's reports; nil: there is none that can be read.
    package func reports(_ wanted: WantedReports) -> [ReportLine]? {
        guard let version = newest(), let bytes = read(version) else { return nil }
        return Self.reports(in: bytes, named: version.path, wanted)
    }

    /// A file's reports; nil: it is half written, or nothing that tells of figures.
    package static func reports(
        in bytes: [UInt8], named path: String, _ wanted: WantedReports, isWhole: Bool = true
    ) -> [ReportLine]? {
        let readings = ReportFile(reader: LineReader(wanted)).readings(bytes, as: .init(path: path), isWhole: isWhole)
        return readings?.compactMap { if case .report(let report) = $0 { report } else { nil } }
    }

    /// Removes what an earlier launch left within the trial's own folder.
    func removeOwn() {
        for path in paths where path.hasPrefix(folder + "/") && !path.contains("/../") && Self.version(path) != nil {
            unlink(path)
        }
    }

    /// For people: what keeps this file from telling of a metric.
    package func lack(_ wanted: WantedReports) -> String {
        guard let version = newest() else { return "it wrote no file \(path)" }
        guard version.size <= Self.most else {
            return "\(version.path) is larger than the \(Self.most >> 20) MiB that are followed"
        }
        guard let bytes = read(version) else { return "\(version.path) cannot be read" }
        let form = ReportFile.Form(path: version.path)
        guard let readings = ReportFile(reader: LineReader(wanted)).readings(bytes, as: form, isWhole: true) else {
            return "\(version.path) is no JSON that tells of figures"
        }
        let found = FoundFigures(readings).words(lacking: wanted.metric, "its entries")
        let nested = wanted.metric.flatMap { NestedFigure($0, in: bytes) }?.words ?? ""
        return "\(version.path): \(found)\(FoundFigures.held(readings).map { "; " + $0 } ?? nested)"
    }
}
