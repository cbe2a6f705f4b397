/// Where a trial's reports are found; by default in the dictionaries that it prints.
package struct ReportSource: Sendable, Hashable, Codable {
    /// A regular expression (``LinePattern``) by which lines are read instead.
    package var pattern: String?
    /// A file that the trial writes, read instead of its standard output.
    package var file: String?
    /// A key that marks a report: other dictionaries are log, whatever they hold.
    package var mark: String?

    package init(pattern: String? = nil, file: String? = nil, mark: String? = nil) {
        self.pattern = pattern
        self.file = file
        self.mark = mark
    }
}
