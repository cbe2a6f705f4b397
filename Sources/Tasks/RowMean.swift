/// The mean of a figure that each row has, and its standard error, gathered row by row.
package struct RowMean: Sendable, Hashable {
    private var count = 0
    private var sum = 0.0
    /// Distances from the first row's figure: what is squared stays small.
    private var first = 0.0
    private var (distances, squares) = (0.0, 0.0)

    package init() {}

    package mutating func add(_ figure: Double) {
        if count == 0 { first = figure }
        count += 1
        sum += figure
        distances += figure - first
        squares += (figure - first) * (figure - first)
    }

    /// NaN without rows.
    package var mean: Double { sum / Double(count) }

    /// The rows' deviation by the root of their number; nil for fewer than two rows.
    package var standardError: Double? {
        guard count > 1, squares.isFinite else { return nil }
        let rows = Double(count)
        return (max(0, squares - distances * distances / rows) / (rows - 1) / rows).squareRoot()
    }
}
