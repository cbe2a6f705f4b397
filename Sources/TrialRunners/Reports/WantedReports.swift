package import SearchSpaces

/// What is looked for in a trial's output, and where.
package struct WantedReports: Sendable, Hashable, Codable {
    /// The study's metric; nil: the first figure of a trial that will do becomes it.
    package var metric: String?
    /// The other names that the study knows: further metrics and constrained figures.
    package var others: [String]
    package var source: ReportSource
    /// The study's parameters that are numbers, as ``SearchSpaces/FigureName/plain(_:)`` spells them: none of them can be the metric.
    package var parameters: Set<String>

    package init(
        metric: String?, others: [String] = [], source: ReportSource = ReportSource(), parameters: Set<String> = []
    ) {
        self.metric = metric
        self.others = others
        self.source = source
        self.parameters = parameters
    }
}
