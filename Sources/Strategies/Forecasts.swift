import Glibc

/// What trials would come to, were all trained as long as the longest, and how sure that is.
///
/// Those that were stopped or wait at a rung are compared with those that went on from there: a line is fitted from the
/// best loss at each rung to the best at the next (towards "it stays as far apart as it was" while few have gone on), and a trial is taken along
/// these lines from where it stands. So a trial that was promoted and has disappointed comes after one that stands well
/// below, which it would not were those that came further always the better ones.
struct Forecasts: Sendable {
    /// By curve; infinite where it has shown no number.
    private(set) var losses: [Double]
    /// By curve, the standard deviation of the loss; 0: it is known.
    private(set) var sigmas: [Double]

    /// Rungs at most: of the iters that trials stopped at anywhere, some spread evenly are enough.
    private static let rungLimit = 12
    /// Trials that the line of slope 1 counts for, and those that the first guess at what is left open counts for.
    private static let prior = 3.0

    init(_ curves: [Curve]) {
        losses = curves.map { $0.steps.last?.loss ?? .infinity }
        sigmas = [Double](repeating: 0, count: curves.count)
        let rungs = Self.rungs(curves)
        guard rungs.count > 1 else { return }
        let scale = RobustScale(losses)
        let lines = zip(rungs, rungs.dropFirst()).map { Line(curves, from: $0, to: $1, scale: scale) }
        for (index, curve) in curves.enumerated() where !curve.isWhole && losses[index].isFinite {
            var (value, variance) = (scale.scaled(losses[index]), 0.0)
            let start = rungs.lastIndex { $0 <= curve.last } ?? 0
            for line in lines.dropFirst(start) {
                value = line.slope * value + line.offset
                variance = line.slope * line.slope * variance + line.variance
            }
            let sigma = variance.squareRoot()
            // The best so far never gets worse.
            losses[index] = min(scale.loss(value), losses[index])
            sigmas[index] = (scale.loss(value + sigma) - scale.loss(value - sigma)) / 2
        }
    }

    /// The iters at which curves end that could go on, and the greatest of all.
    private static func rungs(_ curves: [Curve]) -> [Int] {
        guard let most = curves.map(\.last).max() else { return [] }
        let ends = Set(curves.filter { !$0.isWhole && $0.last > 0 }.map(\.last)).sorted()
        guard !ends.isEmpty else { return [] }
        let step = max((ends.count + rungLimit - 1) / rungLimit, 1)
        let some = stride(from: 0, to: ends.count, by: step).map { ends[$0] }
        return some.last == most ? some : some + [most]
    }

    /// From the best at a rung to the best at the next.
    private struct Line {
        var (slope, offset, variance) = (1.0, 0.0, 0.0)

        init(_ curves: [Curve], from rung: Int, to next: Int, scale: RobustScale) {
            var (here, pairs): ([Double], [(x: Double, y: Double)]) = ([], [])
            for curve in curves where curve.last >= rung {
                guard let x = curve.loss(upTo: rung).map(scale.scaled) else { continue }
                here.append(x)
                if curve.last >= next, let y = curve.loss(upTo: next) { pairs.append((x, scale.scaled(y))) }
            }
            guard !pairs.isEmpty else { return }
            let count = Double(pairs.count)
            let (meanX, meanY) = (pairs.reduce(0) { $0 + $1.x } / count, pairs.reduce(0) { $0 + $1.y } / count)
            let mean = here.reduce(0, +) / Double(here.count)
            let spread = Forecasts.prior * here.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(here.count)
            let products = pairs.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
            let squares = pairs.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
            // A slope of 0 would say that nothing can be told at the rung.
            if squares + spread > 0 { slope = max((products + spread) / (squares + spread), 0.05) }
            offset = meanY - slope * meanX
            let rest = pairs.reduce(0) { sum, pair in
                let miss = pair.y - slope * pair.x - offset
                return sum + miss * miss
            }
            variance = (rest + 0.25 * spread) / (count + Forecasts.prior)
        }
    }
}

/// Losses made comparable: about 1 apart in the middle, enormous ones drawn in.
struct RobustScale: Sendable {
    private let (middle, width): (Double, Double)

    init(_ losses: [Double]) {
        let finite = losses.filter(\.isFinite).sorted()
        guard !finite.isEmpty else {
            (middle, width) = (0, 1)
            return
        }
        middle = finite[finite.count / 2]
        let range = finite[finite.count * 3 / 4] / 2 - finite[finite.count / 4] / 2
        width = max(range, abs(middle) * 1e-9, 1e-300)
    }

    func scaled(_ loss: Double) -> Double { asinh((loss / width - middle / width)) }

    func loss(_ scaled: Double) -> Double { middle + width * sinh(scaled) }
}
