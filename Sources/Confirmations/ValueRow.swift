/// What a row of values comes to, told from its first, so that great values of little difference keep their digits.
struct ValueRow {
    let count: Int
    /// 0 where there is none.
    let mean: Double
    /// The sum of the squared distances from the mean.
    let squares: Double
    /// Half the distance of two neighbors among the numbers at its greatest value.
    let digit: Double

    init(_ values: [Double]) {
        count = values.count
        let first = values.first ?? 0
        let shift = values.reduce(0) { $0 + ($1 - first) / Double(values.count) }
        mean = first + shift
        squares = values.reduce(0) { $0 + ($1 - first - shift) * ($1 - first - shift) }
        digit = (values.map { $0.ulp }.max() ?? 0) / 2
    }

    /// The deviation that counting in steps makes, an accuracy of 100 rows say: the distance of the nearest two by the root of 12. That
    /// some values are the same by chance is then no sign that there is no noise.
    static func roundingDeviation(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let gaps = zip(sorted, sorted.dropFirst()).map { (gap: $1 - $0, size: max(abs($0), abs($1))) }
        // What differs by less is the same value, computed in another order.
        let step = gaps.filter { $0.gap > 1e-9 * $0.size && $0.gap.isFinite }.map(\.gap).min() ?? 0
        return step / 12.0.squareRoot()
    }

    /// Degrees of freedom.
    var freedom: Int { max(0, count - 1) }
    var variance: Double { freedom > 0 ? squares / Double(freedom) : 0 }
}
