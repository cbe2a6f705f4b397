import Glibc

/// How values are spread over the places of a grid: a Parzen estimate whose bandwidth is Scott's rule ("Multivariate Density Estimation",
/// 1992), with one observation more that knows nothing.
enum ParzenGrid {
    /// - Parameter counts: trials at each place, one or more in all.
    /// - Returns: a share for each place; they sum to 1.
    static func densities(_ counts: [Int], isCategorical: Bool) -> [Double] {
        isCategorical ? choices(counts) : numbers(counts)
    }

    /// Each choice that was tried lends a little to all others, the less the more of them were tried.
    private static func choices(_ counts: [Int]) -> [Double] {
        let total = Double(counts.reduce(0, +) + 1)
        let lent = 1 / Double(counts.count { $0 > 0 } + 1)
        let row = 1 + lent * Double(counts.count)
        let everywhere = (total - 1) / total * lent / row + 1 / total / Double(counts.count)
        return counts.map { Double($0) / total / row + everywhere }
    }

    private static func numbers(_ counts: [Int]) -> [Double] {
        let places = counts.indices.filter { counts[$0] > 0 }
        let weight = counts.reduce(0, +)
        let width = bandwidth(places, counts, weight)
        var densities = [Double](repeating: 0, count: counts.count)
        func add(_ center: Double, _ width: Double, _ weight: Double) {
            // The mass between the edges of each place, of that between the grid's ends.
            let edges = (0...counts.count).map { below((Double($0) - 0.5 - center) / width) }
            let whole = edges[counts.count] - edges[0]
            for place in counts.indices { densities[place] += weight * (edges[place + 1] - edges[place]) / whole }
        }
        for place in places { add(Double(place), width, Double(counts[place]) / Double(weight + 1)) }
        add(Double(counts.count - 1) / 2, Double(counts.count), 1 / Double(weight + 1))
        return densities
    }

    private static func bandwidth(_ places: [Int], _ counts: [Int], _ weight: Int) -> Double {
        let total = Double(weight)
        let mean = places.reduce(0) { $0 + Double($1 * counts[$1]) } / total
        let squares = places.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) * Double(counts[$1]) }
        let deviation = (squares / max(1, total - 1)).squareRoot()
        var (sum, first, third) = (0, -1, -1)
        for place in places {
            sum += counts[place]
            if first < 0, sum >= weight / 4 { first = place }
            if third < 0, sum > weight * 3 / 4 { third = place }
        }
        let last = places[places.count - 1]
        let quarters = Double((third < 0 ? last : third) - (first < 0 ? last : first))
        // Nine tenths of a kernel lie within its place at least.
        return max(1.059 * min(quarters / 1.34, deviation) * pow(total, -0.2), 0.5 / 1.64)
    }

    /// The standard normal's distribution function.
    private static func below(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

    /// How far the densities of some are from those of all: Pearson's divergence.
    static func divergence(of some: [Double], from all: [Double]) -> Double {
        zip(some, all).reduce(0) { sum, pair in
            let (one, other) = (pair.0 + 1e-12, pair.1 + 1e-12)
            return sum + other * (one / other - 1) * (one / other - 1)
        }
    }
}
