/// When a run is given up because its trials fail: after so many failures or, where no limit was given, when nothing but
/// failures has come of it.
package struct FailureLimit: Sendable, Hashable {
    /// Without a limit: failures after which a run in which no trial has got anywhere is given up.
    package static let firstFailures = 5
    /// Trials out of memory after which such a run is given up: smaller configurations were proposed meanwhile.
    package static let firstOutOfMemory = 15

    private let limit: Int?
    private var failed = 0
    private var ranOut = 0
    private var hasWorked = false

    /// - Parameter limit: failed trials in one run; nil: none was given.
    package init(_ limit: Int?) {
        self.limit = limit
    }

    /// Takes how a launch left its trial; one that waits for another launch tells nothing.
    ///
    /// - Returns: what is to be said of a run in which trials have only run out of memory so far, once; nil: nothing.
    package mutating func note(_ trial: Trial) -> String? {
        switch trial.state {
        case .failed: failed += 1
        case .waiting: break
        default:
            guard trial.outOfMemory != nil, trial.reports.isEmpty else {
                hasWorked = true
                break
            }
            ranOut += 1
            guard !hasWorked, ranOut == Self.firstFailures else { break }
            return
                "it and all trials of this run before it, \(ranOut) in all, ran out of memory; what needs less is proposed as long as "
                + "there is anything; a smaller model or smaller values may be what is wanted"
        }
        return nil
    }

    /// Why the run is given up, for people; nil: it goes on.
    package var reason: String? {
        if !hasWorked, ranOut >= Self.firstOutOfMemory {
            return
                "the first \(ranOut) trials of this run have all run out of memory; allow smaller values, or take a smaller model"
        }
        if let limit { return failed >= limit ? "\(failed) trials have failed in this run (max_failures \(limit))" : nil }
        return !hasWorked && failed >= Self.firstFailures ? "the first \(failed) trials of this run have all failed" : nil
    }
}
