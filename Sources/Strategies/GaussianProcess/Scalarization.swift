import Glibc
import SearchSpaces

/// Several losses as one, by weights that are drawn again for each trial, so that the trials come to all of the front (ParEGO;
/// Knowles, 2006).
enum Scalarization {
    /// Weights that sum to 1, all such alike.
    static func weights(_ count: Int, using generator: inout SeededGenerator) -> [Double] {
        let draws = (0..<count).map { _ in -log(1 - generator.unit()) }
        let total = draws.reduce(0, +)
        return total > 0 ? draws.map { $0 / total } : draws.map { _ in 1 / Double(count) }
    }

    /// The largest weighted loss, and a little of their sum (the augmented Chebyshev function), each metric's losses
    /// standardized and brought to 0 to 1.
    ///
    /// - Parameter losses: by trial; where one is NaN or infinite, so is the whole.
    static func of(_ losses: [[Double]], weights: [Double]) -> [Double] {
        let isNumber = losses.map { $0.allSatisfy(\.isFinite) }
        let scaled = weights.indices.map { metric -> [Double] in
            let targets = ScaledLosses.of(zip(losses, isNumber).map { $1 ? $0[metric] : .nan })
            let known = zip(targets, isNumber).filter(\.1).map(\.0)
            guard let least = known.min(), let greatest = known.max(), greatest > least else { return targets.map { _ in 0 } }
            return targets.map { ($0 - least) / (greatest - least) }
        }
        return losses.indices.map { trial in
            guard isNumber[trial] else { return losses[trial].contains(where: \.isNaN) ? .nan : .infinity }
            let parts = weights.indices.map { weights[$0] * scaled[$0][trial] }
            return (parts.max() ?? 0) + 0.05 * parts.reduce(0, +)
        }
    }
}
