/// Finds a local minimum between bounds: L-BFGS on what is free to move, its steps projected onto the bounds
/// (Bertsekas, 1982; Nocedal, 1980).
struct BoundedMinimizer: Sendable {
    let lower: [Double]
    let upper: [Double]
    var iterations = 30
    /// It stops once no free slope is steeper, or a step wins no more than this share of the value.
    var tolerance = 1e-5
    private static let memory = 8

    /// - Parameter function: the value at a place; its slopes go into the second argument.
    func minimum(
        from start: [Double], of function: (_ place: [Double], _ slopes: inout [Double]) -> Double
    ) -> (place: [Double], value: Double) {
        var place = clamped(start)
        var slopes = [Double](repeating: 0, count: place.count)
        var value = function(place, &slopes)
        var pairs: [(step: [Double], change: [Double])] = []
        var newSlopes = slopes
        for _ in 0..<iterations where value.isFinite {
            let free = place.indices.filter {
                !(place[$0] <= lower[$0] && slopes[$0] > 0) && !(place[$0] >= upper[$0] && slopes[$0] < 0)
            }
            guard free.contains(where: { abs(slopes[$0]) > tolerance }) else { break }
            var direction = Self.direction(slopes, free: free, pairs: pairs)
            if Self.dot(direction, slopes, free) >= 0 {
                pairs = []
                direction = Self.direction(slopes, free: free, pairs: pairs)
            }
            guard
                let next = lineSearch(place, value, slopes, direction, newSlopes: &newSlopes, function: function)
            else {
                if pairs.isEmpty { break }
                pairs = []
                continue
            }
            let step = zip(next.place, place).map { $0 - $1 }
            let change = zip(newSlopes, slopes).map { $0 - $1 }
            let all = Array(place.indices)
            if Self.dot(step, change, all) > 1e-12 * Self.dot(change, change, all) {
                pairs.append((step, change))
                if pairs.count > Self.memory { pairs.removeFirst() }
            }
            let won = value - next.value
            (place, value, slopes) = (next.place, next.value, newSlopes)
            if won <= tolerance * 1e-3 * max(1, abs(value)) { break }
        }
        return (place, value)
    }

    /// Halves the step, or less where a parabola says so, until the value falls enough (Armijo, 1966).
    private func lineSearch(
        _ place: [Double], _ value: Double, _ slopes: [Double], _ direction: [Double], newSlopes: inout [Double],
        function: ([Double], inout [Double]) -> Double
    ) -> (place: [Double], value: Double)? {
        var length = 1.0
        for _ in 0..<20 {
            let next = clamped(zip(place, direction).map { $0 + length * $1 })
            let promised = zip(slopes, zip(next, place)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
            guard promised < 0 else { return nil }
            let nextValue = function(next, &newSlopes)
            if nextValue <= value + 1e-4 * promised { return (next, nextValue) }
            let best = nextValue.isFinite ? -0.5 * promised / (nextValue - value - promised) : 0.1
            length *= min(max(best, 0.1), 0.5)
        }
        return nil
    }

    /// Against the slopes, bent by the curvature that the last steps have shown.
    private static func direction(
        _ slopes: [Double], free: [Int], pairs: [(step: [Double], change: [Double])]
    ) -> [Double] {
        var direction = [Double](repeating: 0, count: slopes.count)
        for index in free { direction[index] = -slopes[index] }
        var used: [(step: [Double], change: [Double], product: Double, share: Double)] = []
        for (step, change) in pairs.reversed() {
            let product = dot(step, change, free)
            guard product > 1e-14 else { continue }
            let share = dot(step, direction, free) / product
            for index in free { direction[index] -= share * change[index] }
            used.append((step, change, product, share))
        }
        if let (_, change, product, _) = used.first {
            let scale = product / dot(change, change, free)
            for index in free { direction[index] *= scale }
        } else {
            // Nothing is known of the curvature: no step longer than one.
            let length = dot(direction, direction, free).squareRoot()
            if length > 1 { for index in free { direction[index] /= length } }
        }
        for (step, change, product, share) in used.reversed() {
            let back = share - dot(change, direction, free) / product
            for index in free { direction[index] += back * step[index] }
        }
        return direction
    }

    private static func dot(_ a: [Double], _ b: [Double], _ indices: [Int]) -> Double {
        var sum = 0.0
        for index in indices { sum += a[index] * b[index] }
        return sum
    }

    private func clamped(_ place: [Double]) -> [Double] {
        place.indices.map { min(max(place[$0], lower[$0]), upper[$0]) }
    }
}
