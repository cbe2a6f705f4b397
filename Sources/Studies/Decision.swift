/// What a scheduler says of a trial that has just reported.
package enum Decision: String, Sendable, Hashable, Codable, CaseIterable {
    case `continue`
    /// It waits at its rung, with its checkpoint, until it is promoted or the study ends.
    case pause
    /// It was weighed and found wanting.
    case stop
    /// It has made all the reports it may make.
    case complete
}

/// A paused trial that may go on.
package struct Promotion: Sendable, Hashable {
    package let trial: Trial.ID
    /// The report after which it is weighed again; nil: it may go on to its own end.
    package let milestone: Int?

    package init(trial: Trial.ID, milestone: Int?) {
        self.trial = trial
        self.milestone = milestone
    }
}
