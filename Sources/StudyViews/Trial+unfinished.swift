package import Studies

extension Trial {
    /// What to know of a winner that has not trained to its end; nil: it has, or goes on now.
    package var unfinished: String? { unfinished(after: iter) }

    /// - Parameter iter: its latest report.
    package func unfinished(after iter: Int) -> String? {
        switch state {
        case .complete, .running: nil
        case .waiting: "waits to go on after report \(iter): it has not trained to its end"
        case .paused: "is paused after report \(iter): it has not trained to its end"
        case .pruned: "was pruned after report \(iter): it never trained to its end"
        case .failed: "failed after report \(iter): it never trained to its end"
        }
    }
}
