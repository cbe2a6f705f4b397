/// How a study finds ranks (`rank_search`): every trial of LoRA has as many parameters, and what is searched is how they are spread.
package struct RankSearch: Sendable, Hashable {
    /// Parameters of a trial's adapters, the head not counted; the rank in common is the greatest that keeps to it.
    package var budget: Int
    /// The rank of the adapter that trials are cut from.
    package var start: Int

    package static let defaultStart = 64

    package init(budget: Int, start: Int = Self.defaultStart) { (self.budget, self.start) = (budget, start) }
}
