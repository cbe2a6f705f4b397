import SearchSpaces
import TrialRunners

/// Tells why nothing of what a trial printed or wrote was a report.
struct MissingReports {
    let wanted: WantedReports
    /// The trial's own.
    let folder: String
    let trial: Int
    /// The path of its log.
    let log: String

    private static let most = 256 << 10
    private static let longestExample = 100

    /// - Parameter start: where in the log the launch begins.
    func words(from start: Int) -> String {
        if let file = wanted.source.file { return ReportFilePlace(file, folder: folder, trial: trial).lack(wanted) }
        let lines = (FileTail.read(log, bytes: Self.most, from: start) ?? "").split { $0.isNewline }
        guard !lines.isEmpty else { return "it printed nothing" }
        let reader = LineReader(wanted)
        let readings = lines.map { reader.read(Array($0.utf8)) }
        if readings.contains(where: { if case .report = $0 { true } else { false } }) {
            return
                "\(name) was on standard error alone; only standard output counts: print it there, or run the program with 2>&1"
        }
        if let pattern = wanted.source.pattern {
            return "none of its lines matches metric_pattern: \(pattern); \(example(among: lines))"
        }
        let figures = FoundFigures(readings)
        if !figures.names.isEmpty { return "no \(name): " + figures.words(lacking: wanted.metric, "its lines") }
        return "none of its lines was a dictionary such as {\"\(name)\": 0.81}; " + example(among: lines)
    }

    private var name: String { wanted.metric ?? "metric" }

    /// A line that seems to tell of the metric, and a pattern that reads it; else the last line.
    private func example(among lines: [Substring]) -> String {
        for line in lines {
            guard let pattern = PatternSuggestion(metric: name, line: String(line)) else { continue }
            let way = wanted.source.pattern == nil ? ": give metric_pattern: '\(pattern.text)', or print such a dictionary" : ""
            return "one is \(Self.quoted(line))\(way)"
        }
        return "the last is \(Self.quoted(lines[lines.count - 1]))"
    }

    private static func quoted(_ line: Substring) -> String {
        let plain = line.unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init)
        return "\"\(String(plain.prefix(longestExample)))\(plain.count > longestExample ? "..." : "")\""
    }
}

/// The pattern that reads a metric from a line of prose such as `Iter 1: Val loss 2.381, Val took 16.942s`.
struct PatternSuggestion {
    let text: String

    /// nil: the line does not name the metric before a number.
    init?(metric: String, line: String) {
        let words = metric.split(whereSeparator: { "/_.- ".contains($0) }).map { $0.lowercased() }
        guard !words.isEmpty, words.allSatisfy({ $0.allSatisfy { $0.isLetter || $0.isNumber } }),
            let name = try? Regex("(?i)" + words.joined(separator: "[/_.\\- ]?"))
        else { return nil }
        let line = line.prefix(LinePattern.longestLine)
        for match in line.matches(of: name) {
            guard
                let gap = line[match.range.upperBound...].prefixMatch(
                    of: /["']?\s*[:=]?\s*(?=[-+]?[.0-9]|nan|inf)/.ignoresCase())
            else { continue }
            text = Self.escaped(line[match.range]) + Self.escaped(gap.output) + "(\\S+)"
            return
        }
        return nil
    }

    private static func escaped(_ text: Substring) -> String {
        text.reduce(into: "") { $0 += ".[]()*+?^$|{}\\".contains($1) ? "\\\($1)" : String($1) }
    }
}
