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

    /// Degrees of freedom.
    var freedom: Int { max(0, count - 1) }
    var variance: Double { freedom > 0 ? squares / Double(freedom) : 0 }
}
