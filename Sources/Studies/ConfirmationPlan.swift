package import SearchSpaces

/// What is confirmed of a study: who is retrained, with which seeds, and beside what. It is on record before the first of these
/// trials starts, so that a resumed study confirms the same.
package struct ConfirmationPlan: Sendable, Hashable, Codable {
    /// The trials of the search whose configurations are retrained, the best first.
    package let finalists: [Trial.ID]
    /// nil: there is none.
    package let baseline: Baseline?
    /// In the order in which they are given out; the search has used none of them.
    package let seeds: [Int]
    /// The parameter that a seed takes the place of; nil: none is searched or fixed among the parameters.
    package let seedParameter: String?
    /// How many trials the search had then: once it has more, the choice is no longer that of the whole search.
    package let searched: Int
    /// How many finalists were asked for; there may be fewer. nil: an earlier version did not write it down.
    package let top: Int?

    package struct Baseline: Sendable, Hashable, Codable {
        /// The trial of the search that it is; nil: it is none.
        package let trial: Trial.ID?
        package let assignment: Assignment

        package init(trial: Trial.ID? = nil, assignment: Assignment) {
            (self.trial, self.assignment) = (trial, assignment)
        }
    }

    package init(
        finalists: [Trial.ID], baseline: Baseline?, seeds: [Int], seedParameter: String? = nil, searched: Int,
        top: Int? = nil
    ) {
        (self.finalists, self.baseline, self.seeds) = (finalists, baseline, seeds)
        (self.seedParameter, self.searched, self.top) = (seedParameter, searched, top)
    }
}
