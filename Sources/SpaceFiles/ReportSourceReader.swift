import SearchSpaces
import TrainerSettings

/// Reads `metric_pattern`, and the metric's own `pattern` and `file`.
struct ReportSourceReader {
    let root: Section
    let type: any TrainerType
    /// The study's own; nil: the file names none.
    let metric: LocatedMetric?

    func source() throws(SpaceFileError) -> ReportSource {
        var source = ReportSource()
        let patterns = [root["metric_pattern"], metric?.pattern].compactMap(\.self)
        guard patterns.count < 2 else {
            throw SpaceFileError(at: patterns[1].position, "'pattern' beside 'metric_pattern'; keep one of the two")
        }
        guard !type.ownsReports || patterns.isEmpty && metric?.file == nil else {
            throw SpaceFileError(
                at: (patterns.first ?? metric?.file)?.position ?? root.position,
                "\(type.name)'s reports need no pattern and no file; leave this out")
        }
        source.pattern = try patterns.first.map { pattern throws(SpaceFileError) in try checked(pattern) }
        source.file = try metric?.file.map { file throws(SpaceFileError) in try file.text() }
        if let file = metric?.file, source.file?.isEmpty == true {
            throw file.expected("the path of a file that the trial writes")
        }
        if let file = source.file, let pattern = patterns.first, [".json", ".csv", ".tsv"].contains(where: file.hasSuffix) {
            throw SpaceFileError(
                at: pattern.position, "a pattern reads lines, and \(file) is read as a whole; leave one of the two out")
        }
        return source
    }

    private func checked(_ value: LocatedValue) throws(SpaceFileError) -> String {
        let text = try value.text()
        let pattern: LinePattern
        do { pattern = try LinePattern(text) } catch { throw SpaceFileError(at: value.position, error.description) }
        let names = pattern.groups.compactMap(\.self)
        let nameless = pattern.groups.count - names.count
        guard let metric = metric?.metric.name else {
            guard names.contains(where: { $0 != "step" }) else {
                throw SpaceFileError(
                    at: value.position, "no group of this pattern has a name; write (?<loss>...) or give 'metric'")
            }
            return text
        }
        guard names.contains(where: { FigureName.isSame($0, metric) }) || nameless == 1 else {
            let found =
                nameless == 0
                ? (names.isEmpty ? "no group" : names.joined(separator: ", ")) : "\(nameless) groups without a name"
            throw SpaceFileError(
                at: value.position,
                "found \(found), expected one group that is \(metric): (?<\(FigureName.key(metric))>...), or a single (...)")
        }
        return text
    }
}
