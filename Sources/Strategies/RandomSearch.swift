package import SearchSpaces

/// Independent draws from the space's distributions.
package struct RandomSearch: Strategy {
    package let repeats = true
    /// Draws until one is accepted or it is given up.
    package let draws: Int

    package init(draws: Int = 1000) {
        self.draws = draws
    }

    package func suggest(
        after past: Observations, accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator
    ) -> Point? {
        for _ in 0..<draws {
            let point = past.coding.sample(using: &generator)
            if accepts(point) { return point }
        }
        return nil
    }
}
