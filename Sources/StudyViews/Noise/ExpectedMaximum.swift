import Glibc

/// How far above their common mean the highest of some independent draws from a normal distribution is on average, in deviations: 0 for
/// one, 0.56 for two, 2.16 for forty.
enum ExpectedMaximum {
    static func of(_ count: Int) -> Double {
        guard count > 1 else { return 0 }
        // The integral of what is left of the range above and below 0: P(max > x) for x > 0, P(max < x) for x < 0.
        let step = 0.005
        return step
            * stride(from: step / 2, to: 9, by: step).reduce(0) { sum, x in
                sum + 1 - pow(1 - tail(x), Double(count)) - pow(tail(x), Double(count))
            }
    }

    /// P(draw > x)
    private static func tail(_ x: Double) -> Double { erfc(x / 2.0.squareRoot()) / 2 }
}
