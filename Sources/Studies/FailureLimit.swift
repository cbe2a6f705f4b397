/// When a run is given up because its trials fail: after so many failures or, where no limit was given, when nothing but
/// failures has come of it.
package struct FailureLimit: Sendable, Hashable {
    /// Without a limit: failures after which a run in which no trial has got anywhere is given up.
    package static let firstFailures = 5

    private let limit: Int?
    private var failed = 0
    private var hasWorked = false

    /// - Parameter limit: failed trials in one run; nil: none was given.
    package init(_ limit: Int?) {
        self.limit = limit
    }

    /// Takes how a launch left its trial; one that waits for another launch tells nothing.
    package mutating func note(_ state: Trial.State) {
        if state == .failed { failed += 1 } else if state != .waiting { hasWorked = true }
    }

    /// Why the run is given up, for people; nil: it goes on.
    package var reason: String? {
        if let limit { return failed >= limit ? "\(failed) trials have failed in this run (max_failures \(limit))" : nil }
        return !hasWorked && failed >= Self.firstFailures ? "the first \(failed) trials of this run have all failed" : nil
    }
}
