/// The mean over all items of what groups of them have sums of, and its standard error: items of one group are alike, so it is the
/// groups that are drawn.
struct RatioMean: Sendable, Hashable {
    private var groups = 0.0
    private var (sum, items) = (0.0, 0.0)
    private var (sumSquares, products, itemSquares) = (0.0, 0.0, 0.0)

    /// - Parameters:
    ///   - sum: of the items' figures.
    ///   - items: how many there are.
    mutating func add(sum: Double, items: Int) {
        let count = Double(items)
        groups += 1
        self.sum += sum
        self.items += count
        sumSquares += sum * sum
        products += sum * count
        itemSquares += count * count
    }

    /// NaN without items.
    var mean: Double { sum / items }

    /// By the delta method: the deviation of what each group adds beyond its share; nil for fewer than two groups.
    var standardError: Double? {
        guard groups > 1, items > 0, sumSquares.isFinite else { return nil }
        let squares = sumSquares - 2 * mean * products + mean * mean * itemSquares
        return (max(0, squares) * groups / (groups - 1)).squareRoot() / items
    }
}
