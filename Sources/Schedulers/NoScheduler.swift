package import Studies

/// Every trial goes on to its own end.
package struct NoScheduler: Scheduler {
    package init() {}

    package func firstMilestone(of id: Trial.ID) -> Int? { nil }

    package func decide(_ id: Trial.ID, in history: History) -> Decision { .continue }

    package func promotion(in history: History) -> Promotion? { nil }
}
