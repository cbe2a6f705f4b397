package import SearchSpaces

/// What is looked for in a trial's output, and where.
package struct WantedReports: Sendable, Hashable {
    /// The study's metric; nil: the first figure that a trial reports becomes it.
    package var metric: String?
    /// The other names that the study knows: further metrics and constrained figures.
    package var others: [String]
    package var source: ReportSource

    package init(metric: String?, others: [String] = [], source: ReportSource = ReportSource()) {
        self.metric = metric
        self.others = others
        self.source = source
    }
}
