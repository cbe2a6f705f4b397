package import SearchSpaces

/// Every configuration once, the file's first parameter varying fastest.
package struct GridSearch: Strategy {
    package let repeats = false

    /// - Throws: where the space cannot be counted.
    package init(_ space: SearchSpace) throws(StrategyError) {
        let uncountable = space.parameters.filter { $0.distribution.count == nil }
        guard uncountable.isEmpty else { throw .uncountable(parameters: uncountable.map(\.name)) }
    }

    package func suggest(
        after past: Observations, accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator
    ) -> Point? {
        for index in 0..<(past.coding.size ?? 0) {
            let point = past.coding.point(at: index)
            if accepts(point) { return point }
        }
        return nil
    }
}
