import Tensors

/// Standard errors of figures that no row has for itself, by drawing as many rows again, with replacement (Efron, 1979).
package enum RedrawnRows {
    /// A deviation of so many figures is right to 1.6 %.
    private static let draws = 2000

    /// - Parameters:
    ///   - figure: of the rows with these numbers.
    /// - Returns: nil for fewer than two rows.
    package static func standardError(rows: Int, figure: ([Int]) -> Double) -> Double? {
        guard rows > 1 else { return nil }
        var random = RandomSource(seed: 0x5EED)
        var figures = RowMean()
        var drawn = [Int](repeating: 0, count: rows)
        for _ in 0..<draws {
            for place in drawn.indices { drawn[place] = Int(random.next().multipliedFullWidth(by: UInt64(rows)).high) }
            figures.add(figure(drawn))
        }
        return figures.standardError.map { $0 * Double(draws).squareRoot() }
    }
}
