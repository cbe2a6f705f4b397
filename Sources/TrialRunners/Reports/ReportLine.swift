import SearchSpaces

/// What one line of a trial's output, or one entry of a file that it writes, says of an evaluation.
package struct ReportLine: Sendable, Hashable, Codable {
    package let step: Int?
    package let value: Double
    /// The other numbers, by the names that the study has for them.
    package let metrics: [String: Double]
    /// The texts that hold no number.
    package let details: [String: String]
    /// The metric's name as the line spells it.
    package var spelling: String?
    /// How the line came, where that is worth a word.
    package var delay: Delay?

    /// Several reports were read at one instant after a silence: their program keeps its output back.
    package struct Delay: Sendable, Hashable, Codable {
        package let reports: Int
        package let seconds: Double

        package init(reports: Int, seconds: Double) {
            self.reports = reports
            self.seconds = seconds
        }
    }

    package init(step: Int?, value: Double, metrics: [String: Double], details: [String: String] = [:]) {
        self.step = step
        self.value = value
        self.metrics = metrics
        self.details = details
    }

    /// The same line as a report of another of its figures; nil: it lacks that.
    package func about(_ metric: String) -> ReportLine? {
        let numbers = metrics.merging(spelling.map { [$0: value] } ?? [:]) { own, _ in own }
        var known = FigureName.known(numbers, [metric, FigureName.standardError(of: metric)])
        return known.removeValue(forKey: metric).map { ReportLine(step: step, value: $0, metrics: known, details: details) }
    }

    /// Longer lines are log: no report is.
    static let longest = 64 * 1024
}

extension ReportLine {
    /// Reads a line as ``LineReader`` does, for a study of this metric alone.
    package init?(line: some Collection<UInt8>, metric: String) {
        guard case .report(let report) = LineReader(WantedReports(metric: metric)).read(Array(line)) else { return nil }
        self = report
    }
}
