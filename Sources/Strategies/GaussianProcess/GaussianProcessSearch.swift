package import SearchSpaces

/// Bayesian optimization with a Gaussian process (Jones et al., 1998): the point is tried next from which the largest
/// improvement on the best trial is to be expected.
///
/// Several metrics are weighted again for each suggestion and made one (``Scalarization``).
///
/// Trials that run are taken for what the process believes of them, so that several workers look at different places.
package struct GaussianProcessSearch: Strategy {
    package let repeats = true
    /// Trials that fill the space evenly until as many have been weighed.
    package let startUpTrials: Int
    private let start: SobolSearch
    /// Trials that hyperparameters are fitted to, and that the process is then told of, at most.
    private static let (fitted, told) = (100, 300)

    package init(seed: Int, startUpTrials: Int = 10) {
        self.startUpTrials = startUpTrials
        start = SobolSearch(seed: seed)
    }

    package func suggest(
        after past: Observations, accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator
    ) -> Point? {
        let weights = past.metricCount > 1 ? Scalarization.weights(past.metricCount, using: &generator) : []
        guard past.weighedCount >= startUpTrials, let (process, incumbents, best) = model(of: past, weights) else {
            return start.suggest(after: past, accepting: accepts, using: &generator)
        }
        let search = AcquisitionSearch(process, best: best, past: past)
        let points = search.candidates(near: incumbents, using: &generator).map(\.point)
        let running = past.standings.indices.filter { past.standings[$0].isRunning }
            .map { process.space.features(of: past.points[$0]) }
        func isApart(_ point: Point) -> Bool {
            let features = process.space.features(of: point)
            return running.allSatisfy { zip($0, features).contains { abs($0 - $1) >= Self.apart } }
        }
        return points.first { isApart($0) && accepts($0) } ?? points.first(where: accepts)
    }

    /// Where the best place is known for certain no worker's result will change it: the others look elsewhere, in some
    /// feature as far away as this.
    private static let apart = 0.02

    private func model(of past: Observations, _ weights: [Double]) -> (GaussianProcess, incumbents: [Point], best: Double)? {
        let space = FeatureSpace(past.coding)
        guard space.count > 0 else { return nil }
        let modeled = weights.isEmpty ? ModeledTrials(past) : ModeledTrials(past, weighing: weights)
        func rows(_ indices: [Int]) -> [[Double]] {
            indices.map { space.features(of: past.points[modeled.trials[$0]]) }
        }
        let fitted = modeled.subset(Self.fitted)
        let hyperparameters = HyperparameterFit(
            space, rows: rows(fitted), targets: fitted.map { modeled.targets[$0] }, doubts: fitted.map { modeled.doubts[$0] }
        ).best()
        let told = modeled.subset(Self.told)
        var (features, targets, doubts) = (rows(told), told.map { modeled.targets[$0] }, told.map { modeled.doubts[$0] })
        guard
            let settled = GaussianProcess(
                space, rows: features, targets: targets, doubts: doubts, hyperparameters: hyperparameters)
        else { return nil }
        let byTarget = told.indices.sorted { (targets[$0], $0) < (targets[$1], $1) }
        let incumbents = byTarget.prefix(4).map { past.points[modeled.trials[told[$0]]] }
        let best = targets.min() ?? 0
        guard !modeled.running.isEmpty else { return (settled, incumbents, best) }
        let running = modeled.running.map { space.features(of: past.points[$0]) }
        targets += settled.beliefs(at: running.flatMap { $0 }, places: running.count).map(\.mean)
        features += running
        doubts += running.map { _ in 0 }
        return GaussianProcess(space, rows: features, targets: targets, doubts: doubts, hyperparameters: hyperparameters)
            .map { ($0, incumbents, targets.min() ?? best) }
    }
}
