/// Where a trial's reports are found; by default in the dictionaries that it prints.
package struct ReportSource: Sendable, Hashable {
    /// A regular expression (``LinePattern``) by which lines are read instead.
    package var pattern: String?
    /// A file that the trial writes, read instead of its standard output.
    package var file: String?

    package init(pattern: String? = nil, file: String? = nil) {
        self.pattern = pattern
        self.file = file
    }
}
