package import SearchSpaces
package import Studies

/// What to try next in a study: its strategy, without what was tried already, breaks a constraint or does not fit in memory.
package struct Suggester: Sendable {
    private let strategy: any Strategy
    private let seed: Int
    /// Whether configurations may be proposed again once all have been.
    private let repeats: Bool
    private let isFeasible: @Sendable (Assignment) -> Bool
    private let first: FirstDesign
    private let prior: PriorKnowledge
    private var past: Observations
    /// Remembered where points come back, in a finite space.
    private var infeasible: Set<Point> = []

    /// The most points that are looked at one after the other when drawing finds none.
    package static let enumerationLimit = 1_000_000

    /// - Parameter isFeasible: tells from a configuration whether it keeps the constraints and fits in memory; always the same answer.
    package init(
        specification: StudySpecification, earlier: [EarlierStudy] = [],
        isFeasible: @escaping @Sendable (Assignment) -> Bool = { _ in true }
    ) throws(StrategyError) {
        let method = MethodChoice(specification).method
        if method == .gp { try OpenBLAS.load() }
        let strategy: any Strategy =
            switch method {
            case .random: RandomSearch()
            case .grid: try GridSearch(specification.space)
            case .sobol: SobolSearch(seed: specification.seed)
            case .tpe, .auto: TreeParzen()
            case .gp: GaussianProcessSearch(seed: specification.seed)
            }
        self.init(
            strategy, space: specification.space, seed: specification.seed, repeats: specification.repeats,
            first: FirstDesign(specification, earlier: earlier, isFeasible: isFeasible),
            earlier: method == .grid ? [] : earlier, isFeasible: isFeasible)
        if let halving = BatchHalving(specification) { past = Observations(past.coding, halving: halving) }
    }

    package init(
        _ strategy: any Strategy, space: SearchSpace, seed: Int, repeats: Bool = true, first: FirstDesign = .none,
        earlier: [EarlierStudy] = [], isFeasible: @escaping @Sendable (Assignment) -> Bool = { _ in true }
    ) {
        self.strategy = strategy
        self.seed = seed
        self.repeats = repeats && strategy.repeats
        self.isFeasible = isFeasible
        self.first = first
        past = Observations(PointCoding(space))
        prior = PriorKnowledge(earlier, coding: past.coding)
    }

    /// The configuration of the trial that would be numbered `history.trials.count`.
    ///
    /// Mutating only to remember what it worked out: the answer depends on the history and the seed alone.
    package mutating func suggest(after history: History) -> Suggestion {
        past.update(from: history)
        for entry in first.entries {
            let point = past.coding.point(of: entry.assignment)
            // What the user wants to be tried is tried.
            let isOver = past.isTaken(point) || entry.origin != .enqueued && past.feasibility?.runsOut(point) == true
            if !isOver { return .assignment(entry.assignment, refused: history.trials.isEmpty ? first.refused : 0) }
        }
        var generator = SeededGenerator(seed, history.trials.count)
        var refused: Set<Point> = []
        for wish in wishes {
            if let point = search(wish, using: &generator, refused: &refused) {
                return .assignment(past.coding.assignment(of: point), refused: refused.count)
            }
        }
        return .exhausted(reason(refused: refused.count))
    }

    /// How often the batch of a new trial has to be halved before it starts, by what is known of the memory; 0: never.
    package func halvings(of assignment: Assignment) -> Int {
        past.feasibility?.halvings(of: past.coding.point(of: assignment)) ?? 0
    }

    /// What a configuration must not be.
    private enum Exclusion { case tried, failed }

    private typealias Wish = (without: Exclusion, caution: FeasibilityModel.Caution)

    /// What is looked for, one after the other: as long as there is anything else, nothing is proposed that is likely to run out of memory.
    private var wishes: [Wish] {
        let again: [Exclusion] = repeats && past.coding.size != nil ? [.failed] : []
        guard let memory = past.feasibility else { return ([.tried] + again).map { ($0, .none) } }
        var wishes: [Wish] = [(.tried, .likely), (.tried, .possible)] + again.map { ($0, .possible) }
        // One trial can run out for a reason of another's; several cannot.
        if !memory.hasFit, memory.ranOut < FailureLimit.firstFailures { wishes += ([.tried] + again).map { ($0, .none) } }
        return wishes
    }

    private mutating func search(_ wish: Wish, using generator: inout SeededGenerator, refused: inout Set<Point>) -> Point? {
        let exclusion = wish.without
        let (past, strategy, prior) = (past, strategy, prior)
        if exclusion == .tried, let size = past.coding.size, past.takenCount >= size { return nil }
        func accepts(_ point: Point) -> Bool {
            if exclusion == .tried ? past.isTaken(point) : past.hasFailed(point) { return false }
            if past.feasibility?.allows(point, wish.caution) == false { return false }
            if !infeasible.contains(point) {
                if isFeasible(past.coding.assignment(of: point)) { return true }
                if past.coding.size != nil { infeasible.insert(point) }
            }
            refused.insert(point)
            return false
        }
        if !prior.isEmpty, prior.isAsked(after: past.weighedCount, using: &generator),
            let point = prior.suggest(accepting: accepts, using: &generator)
        {
            return point
        }
        if let point = strategy.suggest(after: past, accepting: accepts, using: &generator) { return point }
        guard strategy.repeats else { return nil }
        guard let size = past.coding.size else {
            return RandomSearch(draws: 10_000).suggest(after: past, accepting: accepts, using: &generator)
        }
        let offset = Int(generator.next() % UInt64(size))
        for step in 0..<min(size, Self.enumerationLimit) {
            let (sum, overflow) = offset.addingReportingOverflow(step)
            let point = past.coding.point(at: overflow ? step : sum % size)
            if accepts(point) { return point }
        }
        return nil
    }

    private func reason(refused: Int) -> String {
        if let memory = past.feasibility, wishes.last?.caution != FeasibilityModel.Caution.none {
            let those = memory.ranOut == 1 ? "the one" : "one of the \(memory.ranOut)"
            return "every configuration that is left needs at least as much memory as \(those) that ran out of it"
                + (refused > 0 ? ", breaks a constraint or does not fit in memory" : "")
        }
        let tried = past.takenCount > 0
        guard let size = past.coding.size, size <= Self.enumerationLimit || !strategy.repeats else {
            if refused == 0 { return "the method found no configuration that was not tried yet; look at the ranges" }
            return "none of \(refused) configurations looked at keeps the constraints and fits in memory"
        }
        if refused == 0 {
            return repeats
                ? "every configuration has been tried and has failed" : "every configuration has been tried"
        }
        return tried
            ? "every configuration has been tried, breaks a constraint or does not fit in memory"
            : "every configuration breaks a constraint or does not fit in memory"
    }
}
