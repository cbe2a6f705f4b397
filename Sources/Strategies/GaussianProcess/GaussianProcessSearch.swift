package import SearchSpaces

/// Bayesian optimization with a Gaussian process (Jones et al., 1998): the point is tried next from which the largest
/// improvement on the best loss is to be expected. It looks near the trials that the process believes in most, not near those with
/// the luckiest reports.
///
/// Several metrics are weighted again for each suggestion and made one (``Scalarization``).
///
/// Trials that run are taken for what the process believes of them, so that several workers look at different places. Where
/// trials end early, nothing is tried that is nearly what was tried before: the scheduler lets that go on if it is worth it.
package struct GaussianProcessSearch: Strategy {
    package let repeats = true
    /// Trials that fill the space evenly until as many have been weighed.
    package let startUpTrials: Int
    private let start: SobolSearch
    /// Trials that hyperparameters are fitted to, and that the process is then told of, at most.
    private static let (fitted, told) = (100, 300)
    /// Where trials end early, the most that the loss of a new one may be correlated with that of an earlier one.
    private static let mostAlike = 0.8
    /// Standard deviations of the noise that a loss may owe to luck.
    private static let mostLuck = 2.0

    package init(seed: Int, startUpTrials: Int = 10) {
        self.startUpTrials = startUpTrials
        start = SobolSearch(seed: seed)
    }

    /// What is believed after some trials.
    struct Model {
        var process: GaussianProcess
        /// The trials whose loss is believed to be the least.
        let incumbents: [Point]
        /// What a new trial has to beat.
        var best: Double
        let isForecast: Bool
    }

    package func suggest(
        after past: Observations, accepting accepts: (Point) -> Bool, using generator: inout SeededGenerator
    ) -> Point? {
        let weights = past.metricCount > 1 ? Scalarization.weights(past.metricCount, using: &generator) : []
        guard past.weighedCount >= startUpTrials, let model = model(of: past, weights) else {
            return start.suggest(after: past, accepting: accepts, using: &generator)
        }
        let process = model.process
        let search = AcquisitionSearch(process, best: model.best, past: past)
        let points = search.candidates(near: model.incumbents, using: &generator).map(\.point)
        if model.isForecast {
            func isNew(_ point: Point) -> Bool { process.likeness(of: process.space.features(of: point)) <= Self.mostAlike }
            if let point = points.first(where: { isNew($0) && accepts($0) }) { return point }
        }
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

    func model(of past: Observations, _ weights: [Double]) -> Model? {
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
        let means = settled.beliefs(at: features.flatMap { $0 }, places: features.count).map(\.mean)
        let byMean = told.indices.sorted { (means[$0], $0) < (means[$1], $1) }
        // The mean of a smooth model lies above the floor of a steep valley, where it takes for noise what it cannot follow: what beats the
        // mean there may be no gain. So a loss that is no forecast counts itself, as far as luck with this noise goes.
        let luck = Self.mostLuck * hyperparameters.noise.squareRoot()
        let losses = modeled.areForecasts ? means : zip(targets, means).map { max($0, $1 - luck) }
        var model = Model(
            process: settled, incumbents: byMean.prefix(4).map { past.points[modeled.trials[told[$0]]] },
            best: losses.min() ?? 0, isForecast: modeled.areForecasts)
        guard !modeled.running.isEmpty else { return model }
        let running = modeled.running.map { space.features(of: past.points[$0]) }
        let imagined = settled.beliefs(at: running.flatMap { $0 }, places: running.count).map(\.mean)
        targets += imagined
        features += running
        doubts += running.map { _ in 0 }
        guard
            let process = GaussianProcess(
                space, rows: features, targets: targets, doubts: doubts, hyperparameters: hyperparameters)
        else { return nil }
        (model.process, model.best) = (process, min(model.best, imagined.min() ?? model.best))
        return model
    }
}
