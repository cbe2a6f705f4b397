import Glibc

/// Losses as a Gaussian process wants them: of mean 0 and variance 1, and as normal as can be.
enum ScaledLosses {
    /// - Parameter losses: infinite: as bad as the worst, or as good as the best where negative; NaN: nothing is known of
    ///   it, so that it is put in the middle: near enough to keep away, not so bad that it spoils the places around.
    static func of(_ losses: [Double]) -> [Double] {
        let finite = losses.filter(\.isFinite).sorted()
        guard let least = finite.first, let greatest = finite.last else {
            return losses.map { $0 == .infinity ? 1 : $0 == -.infinity ? -1 : 0 }
        }
        let middle = finite[finite.count / 2]
        // Differences of the greatest numbers overflow; so do squares.
        let scale = max(abs(least), abs(greatest), 1e-300)
        return warped(centered(losses.map { ($0.isNaN ? middle : min(max($0, least), greatest)) / scale }))
    }

    /// How far the targets of some losses might be off, squared, where the losses might be off by their sigmas.
    ///
    /// - Parameter targets: what ``of(_:)`` made of the losses; between them it is taken for straight lines.
    static func variances(of losses: [Double], sigmas: [Double], as targets: [Double]) -> [Double] {
        guard sigmas.contains(where: { $0 > 0 }) else { return [Double](repeating: 0, count: losses.count) }
        let known = zip(losses, targets).filter { $0.0.isFinite }.sorted { $0.0 < $1.0 }
        func target(_ loss: Double) -> Double {
            let place = known.firstIndex { $0.0 >= loss } ?? known.count
            guard place > 0 else { return known[0].1 }
            guard place < known.count else { return known[known.count - 1].1 }
            let (before, after) = (known[place - 1], known[place])
            let part = (loss - before.0) / max(after.0 - before.0, 1e-300)
            return before.1 + part * (after.1 - before.1)
        }
        return zip(losses, sigmas).map { loss, sigma in
            guard loss.isFinite, sigma > 0 else { return 0 }
            let half = (target(loss + sigma) - target(loss - sigma)) / 2
            return half * half
        }
    }

    /// By the median and the quartiles, which a few enormous losses do not move.
    private static func centered(_ values: [Double]) -> [Double] {
        let sorted = values.sorted()
        let (median, range) = (sorted[sorted.count / 2], sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4])
        return range > 1e-12 ? values.map { ($0 - median) / range } : standardized(values)
    }

    private static func standardized(_ values: [Double]) -> [Double] {
        let (mean, variance) = moments(of: values)
        let spread = variance.squareRoot()
        return values.map { spread > 1e-12 * max(abs(mean), 1e-300) ? ($0 - mean) / spread : 0 }
    }

    /// Bends a long tail of bad losses in, by the power that makes them most likely to be normal (Yeo and Johnson, 2000);
    /// good ones are never pushed together.
    private static func warped(_ values: [Double]) -> [Double] {
        let some = spread(values)
        let slope = some.reduce(0) { $0 + ($1 < 0 ? -1 : 1) * log(abs($1) + 1) }
        var (best, greatest) = (1.0, -Double.infinity)
        for step in 0...20 {
            let power = 1 - 0.1 * Double(step)
            let variance = moments(of: bent(some, by: power)).variance
            guard variance > 0 else { break }
            let likelihood = (power - 1) * slope - 0.5 * Double(some.count) * log(variance)
            if likelihood > greatest { (best, greatest) = (power, likelihood) }
        }
        return standardized(bent(values, by: best))
    }

    /// At most 300 of the values, from the whole range: they tell the power as well as ten thousand, in a thirtieth of the time.
    private static func spread(_ values: [Double]) -> [Double] {
        let most = 300
        guard values.count > most else { return values }
        let sorted = values.sorted()
        return (0..<most).map { sorted[(2 * $0 + 1) * values.count / (2 * most)] }
    }

    private static func bent(_ values: [Double], by power: Double) -> [Double] {
        power == 1 ? values : values.map { yeoJohnson($0, power: power) }
    }

    private static func moments(of values: [Double]) -> (mean: Double, variance: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
    }

    /// - Parameter power: at most 1.
    static func yeoJohnson(_ value: Double, power: Double) -> Double {
        if value < 0 { return -(pow(1 - value, 2 - power) - 1) / (2 - power) }
        return abs(power) < 1e-9 ? log(value + 1) : (pow(value + 1, power) - 1) / power
    }
}
