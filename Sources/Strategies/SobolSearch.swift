package import SearchSpaces

/// Points that fill the space evenly, however many are wanted: a scrambled Sobol sequence, one dimension a parameter.
///
/// Trial n takes point n. A conditional parameter has its dimension whether it is there or not, so that the points of
/// each branch are a part of the same even sequence.
package struct SobolSearch: Strategy {
    package let repeats = true
    private let sequence: SobolSequence
    /// Points that are passed over before it is given up.
    private let reach: Int

    package init(seed: Int, reach: Int = 1000) {
        sequence = SobolSequence(seed: seed)
        self.reach = reach
    }

    package func suggest(
        after past: Observations, accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator
    ) -> Point? {
        for number in past.count..<(past.count + reach) {
            let point = past.coding.point { sequence.value(number, dimension: $0) }
            if accepts(point) { return point }
        }
        return nil
    }
}
