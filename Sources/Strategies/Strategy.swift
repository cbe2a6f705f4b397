package import SearchSpaces

/// What to try next: the history in, a configuration out, the same for the same history and generator.
package protocol Strategy: Sendable {
    /// Whether configurations may be proposed again once all of a finite space have been.
    var repeats: Bool { get }

    /// The next trial's configuration; nil where the strategy finds none that is accepted.
    ///
    /// - Parameter accepts: says no to what was tried already and to what breaks a constraint; asked for the most
    ///   wanted candidate first, as seldom as can be.
    func suggest(
        after past: Observations, accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator
    ) -> Point?
}

/// What keeps a strategy from searching a space.
package enum StrategyError: Error, Hashable, CustomStringConvertible {
    /// A grid over parameters whose values cannot be counted.
    case uncountable(parameters: [String])
    /// The Gaussian process without its linear algebra; why.
    case noLinearAlgebra(String)

    package var description: String {
        switch self {
        case .uncountable(let names):
            "a grid needs parameters with finitely many values, which \(names.joined(separator: ", ")) has not: "
                + "list values, or give a step with q_uniform"
        case .noLinearAlgebra(let reason):
            "the method gp needs OpenBLAS, which cannot be loaded: \(reason); install libopenblas0, give it the memory, or take "
                + "`method: tpe`"
        }
    }
}
