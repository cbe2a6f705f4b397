package import Studies

/// A trial as the store has it.
package struct RecordedTrial: Sendable, Hashable {
    package let record: TrialRecord
    /// By rising iter.
    package let reports: [Report]
    /// When each of them was made, in seconds since 1970.
    package let reportedAt: [Double]

    package init(record: TrialRecord, reports: [Report], reportedAt: [Double]) {
        (self.record, self.reports, self.reportedAt) = (record, reports, reportedAt)
    }

    init(_ record: TrialRecord, _ rows: [ReportRecord]) {
        self.init(record: record, reports: rows.map(\.report), reportedAt: rows.map(\.reportedAt))
    }

    /// All that decisions are made from.
    package var trial: Trial { record.trial(reports: reports) }
}
