package import Studies

extension Trial {
    /// Its state, for people, and whether it ran out of memory.
    package var standing: String { state.rawValue + (outOfMemory == nil ? "" : ", out of memory") }

    /// What to know of a winner that has not trained to its end; nil: it has, or goes on now.
    package var unfinished: String? { unfinished(after: iter) }

    /// - Parameter iter: its latest report.
    package func unfinished(after iter: Int) -> String? {
        switch state {
        case .complete, .running: nil
        case .pruned where outOfMemory != nil: "ran out of memory after report \(iter): it never trained to its end"
        case .waiting: "waits to go on after report \(iter): it has not trained to its end"
        case .paused: "is paused after report \(iter): it has not trained to its end"
        case .pruned where prunedBy != nil: "was pruned by request after report \(iter): it never trained to its end"
        case .pruned: "was pruned after report \(iter): it never trained to its end"
        case .failed: "failed after report \(iter): it never trained to its end"
        }
    }
}
