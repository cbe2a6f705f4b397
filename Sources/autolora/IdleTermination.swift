import SearchSpaces
import Studies

/// Early termination that never had anything to decide.
struct IdleTermination {
    let text: String

    /// nil: it had, or there is none.
    init?(_ specification: StudySpecification, _ history: History) {
        let most = history.trials.map(\.reports.count).max() ?? 0
        guard let first = specification.earlyTermination.firstComparison, most > 0, most < first else { return nil }
        text =
            "early_terminate never acted: it compares trials at report \(first) first, and none made more than \(most) (reports are"
            + " counted, not steps); to end trials early, set min_iter to \(most > 1 ? "at most \(most - 1)" : "1 and let the program report more often")"
    }
}
