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
        if let held = FoundFigures.held(readings) {
            let line = zip(lines, readings).first { if case .noNumber = $0.1 { true } else { false } }?.0 ?? ""
            return "\(held); the line is \(Self.quoted(line))"
        }
        if let pattern = wanted.source.pattern {
            return "none of its lines matches metric_pattern: \(pattern); \(example(among: lines))"
        }
        let figures = FoundFigures(readings)
        let nested = wanted.metric.flatMap { metric in lines.lazy.compactMap { NestedFigure(metric, in: Array($0.utf8)) }.first
        }
        if !figures.names.isEmpty || nested != nil {
            return "no \(name): " + figures.words(lacking: wanted.metric, "its lines") + (nested?.words ?? "")
        }
        if wanted.source.mark != nil {
            return "the trainer ended without an evaluation; the last of its lines is \(Self.quoted(lines[lines.count - 1]))"
        }
        return "none of its lines was a dictionary such as {\"\(name)\": 0.81}; " + example(among: lines)
    }

    private var name: String { wanted.metric ?? "metric" }

    /// A line that seems to tell of the metric, and a pattern that reads it; else the last line.
    private func example(among lines: [Substring]) -> String {
        for line in lines {
            guard let pattern = PatternSuggestion(metric: name, line: String(line)) else { continue }
            let way =
                wanted.source.pattern == nil
                ? ": give metric_pattern: '\(pattern.text.replacing("'", with: "''"))', or print such a dictionary" : ""
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

    /// nil: the line does not name the metric, by itself, before a number.
    init?(metric: String, line: String) {
        let words = metric.split(whereSeparator: { "/_.- ".contains($0) }).map { $0.lowercased() }
        guard !words.isEmpty, words.allSatisfy({ $0.allSatisfy { $0.isLetter || $0.isNumber } }),
            let name = try? Regex("(?i)" + words.joined(separator: "[/_.\\- ]?"))
        else { return nil }
        let line = line.prefix(LinePattern.longestLine)
        for match in line.matches(of: name) where Self.isWhole(match.range, in: line) {
            let rest = line[match.range.upperBound...]
            guard let gap = rest.prefixMatch(of: /["']?\s*[:=]?\s*(?=[-+]?[.0-9]|nan|inf)/.ignoresCase()), !gap.output.isEmpty,
                let number = rest[gap.range.upperBound...].prefixMatch(of: /[-+.\w]+/)
            else { continue }
            let named = Self.escaped(line[match.range]) + Self.escaped(gap.output)
            let pattern = Self.readings(of: named).first { Self.reads(String(number.output), by: $0, metric: metric, in: line) }
            guard let pattern else { continue }
            text = pattern
            return
        }
        return nil
    }

    /// From the simplest to the one that is the most particular about what stands before the name and where the number ends.
    private static func readings(of named: String) -> [String] {
        ["\\b", "(?:^|[^\\w/.-])"].flatMap { before in ["(\\S+)", "([-+.\\w]+)"].map { before + named + $0 } }
    }

    /// Whether a pattern reads the number that stands after the metric's own name: a line can have `accuracy` and `val_accuracy`.
    private static func reads(_ number: String, by pattern: String, metric: String, in line: Substring) -> Bool {
        let reader = LineReader(WantedReports(metric: metric, source: ReportSource(pattern: pattern)))
        let alone = LineReader(WantedReports(metric: metric, source: ReportSource(pattern: "(.+)")))
        guard let found = reader.report(in: Array(line.utf8)), let wanted = alone.report(in: Array(number.utf8)) else {
            return false
        }
        return found.value == wanted.value || found.value.isNaN && wanted.value.isNaN
    }

    /// Whether a name is not the end of a longer one.
    private static func isWhole(_ range: Range<Substring.Index>, in line: Substring) -> Bool {
        guard range.lowerBound > line.startIndex else { return true }
        let before = line[line.index(before: range.lowerBound)]
        return !(before.isLetter || before.isNumber || "_/.-".contains(before))
    }

    private static func escaped(_ text: Substring) -> String {
        text.reduce(into: "") { $0 += ".[]()*+?^$|{}\\".contains($1) ? "\\\($1)" : String($1) }
    }
}
